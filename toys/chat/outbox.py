"""The queue of one client's output: bounded, and sharing its pieces with the queues of all others.

What is broadcast is one bytes object however many queues it waits in, so a thousand slow clients cost a thousand
references to it and not a thousand copies.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

MOST_PIECES = 64
"""So many go into one sendmsg(2); the kernel would take IOV_MAX, 1024."""


class Outbox:
    """True while something waits. `size` is in bytes and may exceed `limit` by one piece: its owner acts on that."""

    __slots__ = ("_first", "_pieces", "limit", "size")

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self._pieces: deque[bytes] = deque()
        self._first = 0
        """How much of the first piece is gone."""

    def __bool__(self) -> bool:
        return self.size > 0

    @property
    def is_over(self) -> bool:
        return self.size > self.limit

    def put(self, data: bytes) -> None:
        self._pieces.append(data)
        self.size += len(data)

    def next(self) -> list[bytes | memoryview]:
        """What to write next, in order; the rest of a piece that was taken in part is a view and no copy."""
        pieces: list[bytes | memoryview] = list(islice(self._pieces, MOST_PIECES))
        if self._first:
            pieces[0] = memoryview(self._pieces[0])[self._first :]
        return pieces

    def took(self, count: int) -> None:
        """So many bytes have been written."""
        self.size -= count
        self._first += count
        while self._pieces and self._first >= len(self._pieces[0]):
            self._first -= len(self._pieces.popleft())

    def clear(self) -> None:
        self._pieces.clear()
        self.size = self._first = 0
