"""Which clauses judge which row of the tables of time, names, listeners and streams: catalogue 0.4 to 0.7."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0.4 when the SYN is sent again: linear timeouts, then doubling", ("K-40", "K-41", "K-42", "K-43")),
    ("0.4 the end: ETIMEDOUT at a timer, and no SYN after it", ("K-44", "K-45", "K-48")),
    ("0.4 TCP_SYNCNT and TCP_USER_TIMEOUT", ("K-46", "K-47")),
    ("0.5 A and AAAA are asked for together", ("K-78",)),
    ("0.5 NXDOMAIN, FORMERR and NODATA are final", ("K-79",)),
    ("0.5 silence and a wrong transaction id: again after the timeout", ("K-80", "K-82")),
    ("0.5 TC=1 asks by TCP", ("K-81",)),
    ("0.6 listen(n) holds n+1, and a SYN to a full queue is dropped", ("K-52", "K-57")),
    ("0.6 the last ACK on a full queue: SYN_RECV, and the SYN-ACK again", ("K-56", "K-57")),
    ("0.6 TCP_DEFER_ACCEPT and SYN cookies: told with the data", ("K-49", "K-56")),
    ("0.6 EMFILE: IN repeats for ever", ("K-58",)),
    ("0.6 an edge-triggered listener and its queue", ("K-53",)),
    ("0.6 a listener closed with clients queued", ("K-59",)),
    ("102 several who wait for one listener: EPOLLEXCLUSIVE", ("K-84",)),
    ("0.7 listener: SYN only, last ACK, accept() and EAGAIN", ("K-49", "K-50", "K-51")),
    ("0.7 RST after the last ACK and before accept()", ("K-55",)),
    ("0.7 RST in SYN_RCVD", ("K-54",)),
    ("0.7 peer FIN when established: IN and RDHUP, HUP with the own shutdown", ("K-60", "K-61", "K-62")),
    ("0.7 own shutdown(): EPIPE, and OUT stays", ("K-63", "K-64")),
    ("0.7 RST when established: the mask, the error once, and what is left", ("K-68", "K-69", "K-70", "K-71", "K-72")),
    ("close(): unread data, SO_LINGER of 0, data that comes too late", ("K-65", "K-66", "K-67")),
    ("level, edge and one shot", ("K-73", "K-74", "K-75")),
    ("partial writes, and when OUT comes back", ("K-76",)),
    ("zero window", ("K-83",)),
    ("close() without DEL, and duplicates", ("K-74", "K-77")),
)
