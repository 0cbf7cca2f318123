"""Timers: a heap of what is due when. Cancelling and putting off cost nothing, because the heap is left as it is.

A server puts an idle timer off at every request. Were that a removal and an insertion, it would dominate the server's
own work; here it writes two numbers, and the entry in the heap is looked at again when its old time comes. A timer has
one entry that counts; what else the heap still has of it is swept out when it comes up, or when the heap has doubled.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

SMALLEST_SWEEP = 64
"""A heap of this many entries is not worth sweeping."""


def nothing(*_: object) -> None:
    """What is called in place of somebody who is gone."""


class Timer:
    """One call at a time to come, or (`interval_s`) again and again. Made by `Loop.after` and `Loop.every`."""

    __slots__ = ("call", "due", "entry", "interval_s", "order")

    def __init__(self, call: Callable[[], None], interval_s: float | None = None) -> None:
        self.due: float | None = None
        """On the monotonic clock; None before it is set, when it was cancelled, or has rung for the last time."""
        self.order = 0
        """The how-manieth setting of any timer this was: equal times ring in that order."""
        self.entry: tuple[float, int] | None = None
        """Time and order of the one entry in the heap that counts."""
        self.call = call
        self.interval_s = interval_s

    @property
    def is_set(self) -> bool:
        return self.due is not None

    def cancel(self) -> None:
        """It will not ring; cancelling twice, or after it rang, is nothing."""
        self.due = None

    def discard(self) -> None:
        """Cancelled for good. The heap keeps the timer until its time, but not who would have been called."""
        self.due = None
        self.call = nothing


class Timers:
    """All timers of a loop."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0
        self._sweep_at = SMALLEST_SWEEP

    def __len__(self) -> int:
        """How many entries there are, whether they count or not."""
        return len(self._heap)

    def set(self, timer: Timer, due: float) -> None:
        """The timer is due then, whatever it was before. A later time needs no new entry: the old one finds out."""
        self._count += 1
        timer.due, timer.order = due, self._count
        if timer.entry is None or due < timer.entry[0]:
            self._push(timer, due)

    def next_due(self) -> float | None:
        """When the next one rings; entries whose timer was cancelled or put off are tidied away on the way."""
        while self._heap:
            when, order, timer = self._heap[0]
            if timer.entry == (when, order):
                if (timer.due, timer.order) == (when, order):
                    return when
                timer.entry = None
            heapq.heappop(self._heap)
            if timer.entry is None and timer.due is not None:
                self._push(timer, timer.due)
        return None

    def ring(self, now: float) -> None:
        """Calls what is due; what is set meanwhile waits for the next turn, however soon it is due."""
        last = self._count
        while (when := self.next_due()) is not None and when <= now and self._heap[0][2].order <= last:
            timer = heapq.heappop(self._heap)[2]
            timer.due = timer.entry = None
            if timer.interval_s is not None:
                next_one = when + timer.interval_s
                self.set(timer, next_one if next_one > now else now + timer.interval_s)
            timer.call()

    def _push(self, timer: Timer, due: float) -> None:
        if len(self._heap) >= self._sweep_at:
            self._sweep()
        timer.entry = (due, timer.order)
        heapq.heappush(self._heap, (due, timer.order, timer))

    def _sweep(self) -> None:
        """Throws out all entries that will come to nothing; doing so at each doubling costs little by the entry."""
        for when, order, timer in self._heap:
            if timer.due is None and timer.entry == (when, order):
                timer.entry = None
        self._heap = [entry for entry in self._heap if entry[2].entry == entry[:2]]
        heapq.heapify(self._heap)
        self._sweep_at = max(SMALLEST_SWEEP, 2 * len(self._heap))
