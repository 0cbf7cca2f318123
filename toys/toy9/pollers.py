"""epoll, poll and select behind one small face: watch, unwatch, wait.

Interest and readiness are sets of the words `in` and `out`; an error or a hang-up counts as both, because whoever waits
for either must look. The edge-triggered poller reports a change once, so its users read and write until EAGAIN.
"""

from __future__ import annotations

import math
import select
from typing import Any, Protocol

IN, OUT = "in", "out"
Interest = frozenset[str]
NOTHING: Interest = frozenset()


class Poller(Protocol):
    """What the loop needs of a poller. `wait` takes milliseconds, None for ever."""

    is_edge_triggered: bool

    def watch(self, fd: int, interest: Interest) -> None: ...
    def unwatch(self, fd: int) -> None: ...
    def wait(self, timeout_ms: int | None) -> list[tuple[int, Interest]]: ...
    def close(self) -> None: ...


class Epoll:
    """epoll(7), level-triggered."""

    is_edge_triggered = False

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: set[int] = set()

    def watch(self, fd: int, interest: Interest) -> None:
        mask = _mask(interest, select.EPOLLIN, select.EPOLLOUT) | (select.EPOLLET if self.is_edge_triggered else 0)
        if fd in self._watched:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.register(fd, mask)
            self._watched.add(fd)

    def unwatch(self, fd: int) -> None:
        self._epoll.unregister(fd)
        self._watched.remove(fd)

    def wait(self, timeout_ms: int | None) -> list[tuple[int, Interest]]:
        ready = self._epoll.poll(-1 if timeout_ms is None else timeout_ms / 1000)
        return [(fd, _readiness(mask)) for fd, mask in ready]

    def close(self) -> None:
        self._epoll.close()


class EdgeTriggeredEpoll(Epoll):
    is_edge_triggered = True


class Poll:
    """poll(2)."""

    is_edge_triggered = False

    def __init__(self) -> None:
        self._poll = select.poll()

    def watch(self, fd: int, interest: Interest) -> None:
        self._poll.register(fd, _mask(interest, select.POLLIN, select.POLLOUT))

    def unwatch(self, fd: int) -> None:
        self._poll.unregister(fd)

    def wait(self, timeout_ms: int | None) -> list[tuple[int, Interest]]:
        return [(fd, _readiness(mask)) for fd, mask in self._poll.poll(timeout_ms)]

    def close(self) -> None:
        """poll(2) keeps nothing in the kernel."""


class Select:
    """select(2): descriptors up to 1023 only, and an error shows as readable and writable."""

    is_edge_triggered = False

    def __init__(self) -> None:
        self._interest: dict[int, Interest] = {}

    def watch(self, fd: int, interest: Interest) -> None:
        self._interest[fd] = interest

    def unwatch(self, fd: int) -> None:
        del self._interest[fd]

    def wait(self, timeout_ms: int | None) -> list[tuple[int, Interest]]:
        reads = [fd for fd, interest in self._interest.items() if IN in interest]
        writes = [fd for fd, interest in self._interest.items() if OUT in interest]
        readable, writable, _ = select.select(reads, writes, [], None if timeout_ms is None else timeout_ms / 1000)
        ready: dict[int, set[str]] = {}
        for fd in readable:
            ready.setdefault(fd, set()).add(IN)
        for fd in writable:
            ready.setdefault(fd, set()).add(OUT)
        return [(fd, frozenset(words)) for fd, words in ready.items()]

    def close(self) -> None:
        """select(2) keeps nothing in the kernel."""


POLLERS: dict[str, Any] = {"epoll": Epoll, "epoll-et": EdgeTriggeredEpoll, "poll": Poll, "select": Select}


def milliseconds(seconds: float) -> int:
    """Rounded up, because a wait that ends just before its timer finds nothing to do and waits again."""
    return max(0, math.ceil(seconds * 1000))


def _mask(interest: Interest, read: int, write: int) -> int:
    return (read if IN in interest else 0) | (write if OUT in interest else 0)


def _readiness(mask: int) -> Interest:
    """epoll's and poll's bits have the same values, see epoll(7)."""
    bad = mask & (select.POLLERR | select.POLLHUP)
    words = {IN} if mask & select.POLLIN or bad else set()
    return frozenset(words | ({OUT} if mask & select.POLLOUT or bad else set()))
