"""Which clauses judge which row of the tables of connect(): catalogue 0.1 to 0.3, and the first of 0.7."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0.1 fresh socket, never connected", ("K-37", "K-39")),
    ("0.1 SYN sent, no answer", ("K-01", "K-02", "K-03", "K-04", "K-05", "K-06", "K-07")),
    ("0.1 success", ("K-01", "K-28", "K-29", "K-30")),
    ("0.1 RST to SYN", ("K-08", "K-09", "K-11", "K-12", "K-13", "K-15")),
    ("0.1 RST to SYN, after SO_ERROR was read", ("K-09", "K-10")),
    ("0.1 RST to SYN, interest OUT only, IN only, 0", ("K-08", "K-39")),
    ("0.1 ICMP error to SYN", ("K-18", "K-19", "K-20", "K-22")),
    ("0.1 ICMP error while the socket is locked", ("K-20", "K-21")),
    ("0.1 SYN-ACK then RST before the client looks", ("K-31", "K-35")),
    ("0.1 SYN-ACK, data, RST", ("K-31", "K-34", "K-35")),
    ("0.1 SYN-ACK, FIN", ("K-30", "K-32")),
    ("0.1 immediate failure", ("K-36", "K-37")),
    ("0.1 blocking connect refused, then polled: as what a second connect() leaves", ("K-14",)),
    ("0.1 MPTCP refused", ("K-25",)),
    ("0.1 established and later ICMP", ("K-26", "K-27")),
    ("0.1 unix, backlog full; unix, listener closed", ("K-38",)),
    ("0.1 select on a refused socket", ("K-17",)),
    ("0.1 read first, write first after a refusal", ("K-16",)),
    ("0.2 ICMP type and code to errno", ("K-18",)),
    ("0.2 what is ignored: 3/4, 4/0, 5/x, 11/1, numbers outside the window", ("K-24",)),
    ("0.3 connect() that fails at once", ("K-36", "K-37", "K-38")),
    ("0.7 level-triggered again and again, edge-triggered once", ("K-10", "K-23")),
    ("0.7 peer FIN when established, and after the own SHUT_WR", ("K-32", "K-33")),
    ("0.7 RST when established", ("K-31", "K-35")),
)
