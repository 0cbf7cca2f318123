"""Which CPU a slot sits on: the one with the fewest slots, this lab's and those of every other lab at work here.

A slot stays on one CPU with its programs and its strace, because handing a frame over costs 13 us on one CPU and 80 us
across two. But labs that all began with the first CPU would crowd there and leave the others idle: pytest-xdist starts
one in each of its workers. So a seat is the name of an abstract Unix socket (unix(7)). Whoever binds it has it, whoever
comes finds it taken, and the kernel frees it with the end of the last process that holds it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

ROWS = 64
"""More slots on one CPU than anybody starts; beyond them nobody counts any longer."""


class Seats:
    """Those that one lab has taken, until it leaves them and every process that was forked with them has ended."""

    def __init__(self, cpus: Sequence[int]) -> None:
        self._cpus = cpus
        self._taken: list[socket.socket] = []

    def take(self) -> int:
        """The CPU of the first free seat, row by row."""
        for row in range(ROWS):
            for cpu in self._cpus:
                if seat := _bound(f"\0toylab/cpu{cpu}/{row}"):
                    self._taken.append(seat)
                    return cpu
        return self._cpus[0]

    def leave(self) -> None:
        """Gives all of them back."""
        while self._taken:
            self._taken.pop().close()


def _bound(name: str) -> socket.socket | None:
    seat = socket.socket(socket.AF_UNIX)
    try:
        seat.bind(name)
    except OSError:
        seat.close()
        return None
    return seat
