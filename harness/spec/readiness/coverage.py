"""Which clauses judge which sentence of the requirements: each sentence in short, by section and number."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Client side 1: connect() is called on a non-blocking socket and returns EINPROGRESS", ("RD-01",)),
    ("Client side 2: while the handshake is in progress the socket is not yet writable", ("RD-02", "RD-05")),
    ("Client side 3: when the handshake finishes the socket becomes writable, and it can send", ("RD-03", "RD-04")),
    ("Server side 1: the listening socket is registered for input", ("RD-07", "RD-08")),
    (
        "Server side 2: when the final ACK has arrived the listener is readable, and accept() is called",
        ("RD-08", "RD-09", "RD-10", "RD-11", "RD-12", "RD-13"),
    ),
    (
        "Server side 3: the accepted socket is registered, and readable when application data arrives",
        ("RD-14", "RD-15", "RD-16", "RD-17"),
    ),
    ("Diagram: the listener is readable at the SYN-ACK. It is not: the final ACK has to arrive", ("RD-09",)),
    ("Diagram: the client is writable after it sent the final ACK, which is when the SYN-ACK arrived", ("RD-03",)),
    ("Diagram: the request makes the accepted socket readable", ("RD-15",)),
    ("Implied: Fast Open sends data with the SYN, and once", ("RD-05", "RD-06", "RD-09")),
    ("Implied: the end of a connection is told when it has come, and nothing before it is lost", ("RD-18", "RD-19")),
    ("Implied: a program that others rely on neither spins nor dies", ("RD-13", "RD-20", "RD-21")),
)
