"""Which clauses judge which sentence of the requirements: each sentence in short, with clause ids."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Goal 1: one connection, non-blocking and event-driven", ("NC-06", "NC-08", "NC-26", "NC-29")),
    ("Goal 2: a callback tells when it is ready, or that it failed", ("NC-03", "NC-11")),
    ("Connection States: the seven states, two of them final", ("NC-01", "NC-02")),
    ("Creating 1: an address skips the resolver", ("NC-05",)),
    (
        "Creating 2: a name is resolved without blocking, and its addresses are tried",
        ("NC-06", "NC-07", "NC-27", "NC-28"),
    ),
    ("Creating 3: the socket is made non-blocking, and connect() is awaited", ("NC-08", "NC-10")),
    ("Creating 4: the connect timer aborts and tells", ("NC-12",)),
    ("conn_io_cb 1: SO_ERROR decides", ("NC-09", "NC-11")),
    ("conn_io_cb 2: with TLS the handshake comes before ready, and waits for what it wants", ("NC-14", "NC-17")),
    ("conn_io_cb 3: ready cancels the timer", ("NC-13",)),
    ("conn_io_cb 4: a fatal error of the handshake is told, and everything is given back", ("NC-03", "NC-16", "NC-25")),
    ("Read/Write 1: bytes, end, or nothing now; a break is told", ("NC-20", "NC-21", "NC-22")),
    ("Read/Write 2: nothing is exchanged before ready, and nothing in clear with TLS", ("NC-15", "NC-18")),
    ("Notification: interest follows the callbacks that are set", ("NC-19", "NC-21", "NC-23")),
    ("Closing 1: watcher and timers are stopped, the descriptor is closed", ("NC-24", "NC-25")),
    ("Closing 2: nothing comes after it", ("NC-02", "NC-04")),
    ("Closing 3: errors of every stage reach on_error", ("NC-03", "NC-11", "NC-22")),
)
