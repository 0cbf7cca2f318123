"""The loop itself: one wait after the other, and in between whatever came of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from toys.loop.backends import BACKENDS, Backend
from toys.loop.timers import Timer, Timers


class HasFd(Protocol):
    def fileno(self) -> int: ...


class Watcher:
    """One descriptor and who is told of its readiness; `callback` gets READ, WRITE or both.

    A descriptor's number is given to the next socket as soon as it is closed, so identity is this object and never the
    number: a stopped watcher is not called any more, not even for readiness that was fetched before it was stopped, and
    a new watcher of the same number starts with nothing.
    """

    __slots__ = ("_backend", "_watchers", "callback", "fd", "interest")

    def __init__(
        self, backend: Backend, watchers: dict[int, Watcher], fd: int, interest: int, callback: Callable[[int], None]
    ) -> None:
        self._backend, self._watchers = backend, watchers
        self.fd, self.interest, self.callback = fd, 0, callback
        if fd in watchers:
            raise ValueError(f"descriptor {fd} is watched already; stop the other watcher before its socket is closed")
        watchers[fd] = self
        self.set(interest)

    def set(self, interest: int) -> None:
        """From now on only this is reported; 0 is nothing. Setting what is set already asks the kernel nothing."""
        if interest != self.interest:
            self._backend.set(self.fd, self.interest, interest)
            self.interest = interest

    def rearm(self) -> None:
        """Edge-triggered: what is ready now counts as a change again. Level-triggered pollers need no telling."""
        if self.interest and self._backend.is_edge_triggered:
            self._backend.set(self.fd, self.interest, self.interest)

    def stop(self) -> None:
        """Before the descriptor is closed: a duplicate of it would keep the registration alive (epoll(7), Q6)."""
        if self._watchers.get(self.fd) is self:
            self.set(0)
            del self._watchers[self.fd]


class Loop:
    """`backend` is a name of BACKENDS. Times are in seconds on the monotonic clock."""

    def __init__(self, backend: str = "epoll") -> None:
        self._backend: Backend = BACKENDS[backend]()
        self.is_edge_triggered = self._backend.is_edge_triggered
        self._watchers: dict[int, Watcher] = {}
        self._timers = Timers()
        self._deferred: deque[Callable[[], None]] = deque()
        self._is_running = False

    def watch(self, of: HasFd | int, interest: int, callback: Callable[[int], None]) -> Watcher:
        """ValueError if the descriptor is watched already."""
        fd = of if isinstance(of, int) else of.fileno()
        return Watcher(self._backend, self._watchers, fd, interest, callback)

    def after(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """Calls once, not before `delay_s` have passed."""
        timer = Timer(time.monotonic() + delay_s, call, None)
        self._timers.add(timer)
        return timer

    def every(self, interval_s: float, call: Callable[[], None]) -> Timer:
        """Calls again and again. A loop that was busy for several intervals calls once and does not catch up."""
        timer = Timer(time.monotonic() + interval_s, call, interval_s)
        self._timers.add(timer)
        return timer

    def restart(self, timer: Timer, delay_s: float) -> None:
        """The timer rings `delay_s` from now, whether it was set, rang or was cancelled."""
        self._timers.put_off(timer, time.monotonic() + delay_s)

    def soon(self, call: Callable[[], None]) -> None:
        """Calls at the end of this turn, or of the next one if it is a deferred call that asks."""
        self._deferred.append(call)

    def run(self) -> None:
        """Turn after turn until `stop`, or until nothing is left that could happen."""
        self._is_running = True
        while self._is_running and (self._watchers or self._deferred or self._timers.next_due() is not None):
            self.turn()
        self._is_running = False

    def stop(self) -> None:
        """Ends `run` after this turn."""
        self._is_running = False

    def turn(self) -> None:
        """One wait, and everything that it brought."""
        watchers = self._watchers
        # Who is meant is settled before anybody is called: a callback may close sockets and open others that get
        # the same numbers, and what was fetched for the old ones must not reach them.
        batch = [(watchers[fd], ready) for fd, ready in self._backend.wait(self._patience_s())]
        for watcher, ready in batch:
            if wanted := ready & watcher.interest:
                watcher.callback(wanted)
        self._timers.ring(time.monotonic())
        for _ in range(len(self._deferred)):
            self._deferred.popleft()()

    def _patience_s(self) -> float | None:
        """How long the next wait may be; None is for ever."""
        if self._deferred:
            return 0
        due = self._timers.next_due()
        return None if due is None else max(0.0, due - time.monotonic())

    def close(self) -> None:
        """Gives the poller's own descriptor back; the watched ones belong to their owners."""
        self._backend.close()
