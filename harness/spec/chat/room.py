"""The room: who is inside at an event, and whether anybody there has no room for more in the kernel."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from itertools import pairwise

from harness.events import Event, Send
from harness.spec.chat.guests import Guest, guests
from harness.trace import Trace


def inside(trace: Trace, at: Event) -> list[Guest]:
    """All who are inside at this event, in the order of accept()."""
    numbers, rooms = trace.remember("rooms", lambda: _rooms(trace))
    return [guests(trace)[place] for place in rooms[bisect_right(numbers, trace.number(at))]]


def _rooms(trace: Trace) -> tuple[list[int], list[tuple[int, ...]]]:
    """The numbers of the events at which somebody comes or goes, and who is inside before the first and after each.

    Guests by their places. A room that tells each coming to all makes as many events as this has places.
    """
    there: list[int] = []
    changes = sorted((number, place) for place, guest in enumerate(guests(trace)) for number in _stay(guest))
    rooms: list[tuple[int, ...]] = [()]
    for _, place in changes:
        if place in there:
            there.remove(place)
        else:
            insort(there, place)
        rooms.append(tuple(there))
    return [number for number, _ in changes], rooms


def _stay(guest: Guest) -> list[int]:
    """The numbers of the events at which it comes and goes; none if it was never inside."""
    if guest.welcome is None or not guest.is_inside(guest.welcome):
        return []
    return [guest.trace.number(sign) for sign in (guest.welcome, guest.leaving) if sign]


def is_anybody_blocked(trace: Trace, at: Event) -> bool:
    """Whether anybody is inside whose last write before that was not taken whole."""
    begins, ends = trace.remember("without room", lambda: _without_room(trace))
    return bisect_right(begins, trace.number(at)) > bisect_right(ends, trace.number(at))


def _without_room(trace: Trace) -> tuple[list[int], list[int]]:
    """Where the stretches begin in which somebody inside has no room, and where they are over; each sorted."""
    found = [stretch for guest in guests(trace) for stretch in _blocked(guest)]
    return sorted(begin for begin, _ in found), sorted(end for _, end in found)


def _blocked(guest: Guest) -> Iterator[tuple[int, int]]:
    """From which number up to, but not including, which other it is inside and blocked."""
    came, left, *_ = *_stay(guest), len(guest.trace.events), 0
    writes = [(guest.trace.number(write), guest.is_blocked_after(write)) for write in guest.calls.each(Send)]
    for (number, is_short), (following, _) in pairwise([*writes, (len(guest.trace.events), False)]):
        begin, end = max(number + 1, came), min(following + 1, left)
        if is_short and begin < end:
            yield begin, end
