"""Which clauses judge which sentence of the requirements: each sentence in short, with clause ids."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Event loop 1: readiness drives everything, in one thread", ("HT-18",)),
    ("Event loop 2: all sockets are non-blocking", ("HT-01", "HT-02")),
    ("Event loop 3: edge-triggered events are handled to their end", ("HT-03", "HT-08")),
    ("Connections 1: who connects is accepted, one beside the other", ("HT-04",)),
    ("Connections 2: up to the cap, 1000 unless it is set otherwise", ("HT-04", "HT-05")),
    ("Connections 3: what is read is limited, 64 KB a request", ("HT-09", "HT-12")),
    ("Connections 4: the protocol is found out for each connection", ("HT-14",)),
    ("Requests 1: each is answered, in order", ("HT-10", "HT-11", "HT-13")),
    ("Requests 2: answers leave whole, as fast as the client takes them", ("HT-15", "HT-16", "HT-17")),
    ("Cleanup 1: idle connections are closed after their time, 60 s unless it is set otherwise", ("HT-23", "HT-24")),
    ("Cleanup 2: connections are removed with everything that belongs to them", ("HT-19", "HT-20")),
    ("Cleanup 3: the server is stopped in order", ("HT-26", "HT-27")),
    ("Implied: with TLS, handshakes end, what was agreed on is spoken, ends are said", ("HT-28", "HT-29", "HT-30")),
    ("Implied: an HTTP/2 client is told why its connection ends", ("HT-31",)),
    ("Errors 1: without descriptors it neither spins nor gives up", ("HT-06", "HT-07")),
    ("Errors 2: clients that break or go slow harm nobody else", ("HT-21", "HT-22", "HT-25")),
)
