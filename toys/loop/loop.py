"""The loop itself: one wait after the other, and in between whatever came of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from toys.loop.backends import BACKENDS, Backend
from toys.loop.timers import Timer, Timers, nothing

LONGEST_WAIT_S = 86_400.0
"""Pollers take no more than some days of milliseconds; who waits longer waits again."""


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
        self.fd, self.interest, self.callback = fd, interest, callback
        if fd in watchers:
            raise ValueError(f"descriptor {fd} is watched already; stop the other watcher before its socket is closed")
        if interest:
            backend.set(fd, 0, interest)
        watchers[fd] = self

    def set(self, interest: int) -> None:
        """From now on only this is reported; 0 is nothing. Setting what is set already asks the kernel nothing.

        A stopped watcher stays stopped: its number may be another socket's by now.
        """
        if interest != self.interest and self._watchers.get(self.fd) is self:
            self._backend.set(self.fd, self.interest, interest)
            self.interest = interest

    def rearm(self) -> None:
        """Edge-triggered: what is ready now counts as a change again. Level-triggered pollers need no telling."""
        if self.interest and self._backend.is_edge_triggered:
            self._backend.set(self.fd, self.interest, self.interest)

    def stop(self) -> None:
        """Before the descriptor is closed: a duplicate of it would keep the registration alive (epoll(7), Q6)."""
        if self._watchers.get(self.fd) is self:
            del self._watchers[self.fd]
            self.callback = nothing  # mostly a method of who has this watcher: such a circle waits for the collector
            registered, self.interest = self.interest, 0
            if registered:
                self._backend.set(self.fd, registered, 0)


class Loop:
    """`backend` is a name of BACKENDS. Times are in seconds on the monotonic clock."""

    def __init__(self, backend: str = "epoll") -> None:
        self._backend: Backend = BACKENDS[backend]()
        self.is_edge_triggered = self._backend.is_edge_triggered
        self._watchers: dict[int, Watcher] = {}
        self._timers = Timers()
        self._fetched: deque[tuple[Watcher, int]] = deque()
        self._deferred: deque[Callable[[], None]] = deque()
        self._is_running = False

    def watch(self, of: HasFd | int, interest: int, callback: Callable[[int], None]) -> Watcher:
        """ValueError if the descriptor is watched already; OSError if the poller does not take it."""
        fd = of if isinstance(of, int) else of.fileno()
        return Watcher(self._backend, self._watchers, fd, interest, callback)

    def after(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """Calls once, not before `delay_s` have passed."""
        return self._started(Timer(call), delay_s)

    def every(self, interval_s: float, call: Callable[[], None]) -> Timer:
        """Calls again and again. A loop that was busy for several intervals calls once and does not catch up."""
        return self._started(Timer(call, interval_s), interval_s)

    def restart(self, timer: Timer, delay_s: float) -> None:
        """The timer rings `delay_s` from now, whether it was set, rang or was cancelled."""
        self._started(timer, delay_s)

    def soon(self, call: Callable[[], None]) -> None:
        """Calls at the end of this turn, or of the next one if it is a deferred call that asks."""
        self._deferred.append(call)

    def run(self) -> None:
        """Turn after turn until `stop`, or until there is no watcher, no timer and no deferred call left.

        What a callback raises comes out of here. What was fetched with it is not lost: the next turn goes on there.
        """
        self._is_running = True
        while self._is_running and (self._watchers or self._deferred or self._timers.next_due() is not None):
            self.turn()
        self._is_running = False

    def stop(self) -> None:
        """Ends `run` after this turn."""
        self._is_running = False

    def turn(self) -> None:
        """One wait, and everything that it brought."""
        fetched, watchers = self._fetched, self._watchers
        if not fetched:
            # Who is meant is settled before anybody is called: a callback may close sockets and open others that get
            # the same numbers, and what was fetched for the old ones must not reach them.
            fetched.extend((watchers[fd], ready) for fd, ready in self._backend.wait(self._patience_s()))
        while fetched:
            watcher, ready = fetched.popleft()
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
        return None if due is None else min(max(0.0, due - time.monotonic()), LONGEST_WAIT_S)

    def _started(self, timer: Timer, delay_s: float) -> Timer:
        """Not in the past: what rings at once must not come before what is due already."""
        self._timers.set(timer, time.monotonic() + max(0.0, delay_s))
        return timer

    def close(self) -> None:
        """Gives the poller's own descriptor back; the watched ones belong to their owners."""
        self._backend.close()
