"""Timers: a heap of what is due when. Cancelling and putting off cost nothing, because the heap is left as it is.

A server puts an idle timer off at every request. Were that a removal and an insertion, it would dominate the server's
own work; here it writes one number, and the entry in the heap is looked at again when its old time comes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Timer:
    """One call at a time to come, or (`interval_s`) again and again. Made by `Loop.after` and `Loop.every`."""

    __slots__ = ("call", "due", "interval_s", "is_queued")

    def __init__(self, due: float, call: Callable[[], None], interval_s: float | None) -> None:
        self.due: float | None = due
        """On the monotonic clock; None when it was cancelled or has rung for the last time."""
        self.call = call
        self.interval_s = interval_s
        self.is_queued = False

    @property
    def is_set(self) -> bool:
        return self.due is not None

    def cancel(self) -> None:
        """It will not ring; cancelling twice, or after it rang, is nothing."""
        self.due = None


class Timers:
    """All timers of a loop."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def add(self, timer: Timer) -> None:
        """Queues a timer that has a due time."""
        assert timer.due is not None, "a timer that is queued is due some time"
        self._count += 1  # equal times ring in the order in which they were set
        timer.is_queued = True
        heapq.heappush(self._heap, (timer.due, self._count, timer))

    def put_off(self, timer: Timer, due: float) -> None:
        """A later time needs no new entry: the old one finds out. An earlier one, or a timer that rang, does."""
        sooner = timer.due is not None and due < timer.due
        timer.due = due
        if sooner or not timer.is_queued:
            self.add(timer)

    def next_due(self) -> float | None:
        """When the next one rings; entries whose timer was cancelled or put off are tidied away on the way."""
        while self._heap:
            when, _, timer = self._heap[0]
            if timer.due == when:
                return when
            heapq.heappop(self._heap)
            if timer.due is not None and timer.due > when:
                self.add(timer)
            else:
                timer.is_queued = timer.due is not None
        return None

    def ring(self, now: float) -> None:
        """Calls what is due; what is set meanwhile waits for the next turn, however soon it is due."""
        last = self._count
        while (when := self.next_due()) is not None and when <= now:
            _, number, timer = self._heap[0]
            if number > last:
                return
            heapq.heappop(self._heap)
            timer.is_queued, timer.due = False, None
            if timer.interval_s is not None:
                timer.due = max(when + timer.interval_s, now)
                self.add(timer)
            timer.call()
