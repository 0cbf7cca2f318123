"""The four pollers behind one face: set the interest in a descriptor, wait.

Interest and readiness are READ, WRITE or both. An error or a hang-up counts as both, because whoever waits for either
must look at the socket: the next call on it says what is wrong.

An interest of 0 takes the descriptor out of the poller. Leaving it in would not silence it: ERR and HUP are reported to
everybody who is registered (epoll_ctl(2)), and a level-triggered poller would repeat them for ever.
"""

from __future__ import annotations

import math
import select
from typing import Protocol

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
"""As epoll(7) and poll(2) number them."""
RDHUP = select.EPOLLRDHUP
"""The peer sends no more. Told beside READ by epoll and poll to who asks for it; select has no such set."""

FD_SETSIZE = 1024
"""How many descriptors select(2) knows: a set of this many bits."""

BOTH = READ | WRITE
BAD = select.EPOLLERR | select.EPOLLHUP | select.POLLNVAL


class Backend(Protocol):
    """`set` goes from the interest that the caller gave last (0 at first) to the new one; times are in seconds."""

    is_edge_triggered: bool

    def set(self, fd: int, before: int, interest: int) -> None: ...
    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]: ...
    def close(self) -> None: ...


class Epoll:
    """epoll(7), level-triggered: what is ready is reported at every wait."""

    is_edge_triggered = False
    _EXTRA = 0

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched = 1

    def set(self, fd: int, before: int, interest: int) -> None:
        if not interest:
            self._epoll.unregister(fd)
            self._watched -= 1
        elif before:
            self._epoll.modify(fd, interest | self._EXTRA)
        else:
            self._epoll.register(fd, interest | self._EXTRA)
            self._watched += 1

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        ready = self._epoll.poll(timeout_s, self._watched)
        return [(fd, mask | BOTH if mask & BAD else mask) for fd, mask in ready]

    def close(self) -> None:
        self._epoll.close()


class EdgeTriggeredEpoll(Epoll):
    """epoll(7) with EPOLLET: a change is reported once, so its users go on until EAGAIN."""

    is_edge_triggered = True
    _EXTRA = select.EPOLLET


class Poll:
    """poll(2): the kernel keeps nothing, the whole list is handed over at every wait."""

    is_edge_triggered = False

    def __init__(self) -> None:
        self._poll = select.poll()

    def set(self, fd: int, before: int, interest: int) -> None:
        if interest:
            self._poll.register(fd, interest)
        else:
            self._poll.unregister(fd)

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        ready = self._poll.poll(None if timeout_s is None else math.ceil(timeout_s * 1000))
        return [(fd, mask | BOTH if mask & BAD else mask) for fd, mask in ready]

    def close(self) -> None:
        """Nothing is held."""


class Select:
    """select(2): descriptors below FD_SETSIZE; an error shows as readable and writable."""

    is_edge_triggered = False

    def __init__(self) -> None:
        self._readers: set[int] = set()
        self._writers: set[int] = set()

    def set(self, fd: int, before: int, interest: int) -> None:
        if not 0 <= fd < FD_SETSIZE:  # Python would say so at each wait instead, and then nobody could wait any more
            raise ValueError(f"descriptor {fd} is not one that select() could watch, those are below {FD_SETSIZE}")
        (self._readers.add if interest & READ else self._readers.discard)(fd)
        (self._writers.add if interest & WRITE else self._writers.discard)(fd)

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        readable, writable, _ = select.select(self._readers, self._writers, (), timeout_s)
        ready = dict.fromkeys(readable, READ)
        for fd in writable:
            ready[fd] = ready.get(fd, 0) | WRITE
        return list(ready.items())

    def close(self) -> None:
        """Nothing is held."""


BACKENDS: dict[str, type[Epoll | Poll | Select]] = {
    "epoll": Epoll, "epoll-et": EdgeTriggeredEpoll, "poll": Poll, "select": Select,
}  # fmt: skip
