"""Which clauses judge which sentence of the requirements: each in short, by section and number, with clause ids."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("How to Run 1: a server and several clients, each of which is told that it is in", ("CH-05", "CH-09")),
    ("How to Run 2: what is typed in one client is received by all others in real time", ("CH-06", "CH-07", "CH-17")),
    ("Deep Dive 1: all clients are handled in a single event loop", ("CH-03", "CH-14", "CH-23")),
    ("Deep Dive 2: a slow client does not block the server", ("CH-01", "CH-02", "CH-15", "CH-16", "CH-17", "CH-18")),
    ("Deep Dive 3: what was received is sent to all other clients", ("CH-06", "CH-07", "CH-08")),
    ("Deep Dive 4: edge-triggered events are used without losing any", ("CH-03", "CH-14")),
    ("Deep Dive 5: dead clients are removed, and nobody else notices", ("CH-10", "CH-19", "CH-20", "CH-21", "CH-25")),
    ("Next Steps 1: nicknames", ("CH-13",)),
    ("Next Steps 2: a simple chat protocol with /quit and /list", ("CH-08", "CH-10", "CH-12")),
    ("Next Steps 3: a message queue between the network and the broadcast", ("CH-18", "CH-26")),
    ("Next Steps 4: a secure chat: TLS, and nothing that one client says harms another's terminal", ("CH-11", "CH-27")),
    ("Next Steps 5: the same logic with poll()", ("CH-15", "CH-23")),
    (
        "Implied: a server that others rely on neither spins nor dies, and ends with a goodbye",
        ("CH-04", "CH-22", "CH-24"),
    ),
)
