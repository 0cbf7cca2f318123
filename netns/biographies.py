"""What is told of each socket in the end: every change that the tracepoint saw, and of what has no full socket, the
looks.

A server's socket begins as a request, which the tracepoint does not know, and is then made from its listener: this is
told as the looks tell it, from CLOSE to SYN_RECV when the SYN came and from there to ESTABLISHED. One that ends in
TIME_WAIT is replaced by something smaller, and the tracepoint says CLOSE.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from netns.lives import Life
from netns.log import SocketIs
from netns.owners import HALF, Known, Owned
from netns.tracepoint import NAME, Change

LOOK = "sock_diag"
REMAINS = frozenset({"FIN_WAIT2", "TIME_WAIT"})
"""What may be left of a socket that the tracepoint calls CLOSE."""

Place = tuple[str, str, str]
"""Host, local and remote address."""


def biographies(owned: Owned, known: Known) -> list[SocketIs]:
    """All changes of this case's sockets in their order, each with its source."""
    lives: dict[Place, list[Life]] = defaultdict(list)
    shown: dict[Place, list[SocketIs]] = defaultdict(list)
    for host, life in owned.lives:
        lives[host, life.local, life.remote].append(life)
    for entry in known.entries:
        shown[entry.host, entry.local, entry.remote].append(entry)
    places = dict.fromkeys((*lives, *shown))
    told = [entry for place in places for entry in _Biography(place, lives[place], shown[place], known).told()]
    return sorted(told, key=lambda entry: entry.at_ns)


class _Biography:
    """Of all sockets that had the same addresses on one host, one after the other."""

    def __init__(self, place: Place, lives: Sequence[Life], entries: Sequence[SocketIs], known: Known) -> None:
        self._place = place
        self._lives = lives
        self._entries = entries
        self._known = known
        self._half = ""
        """What is there now without a full socket."""
        self._before: dict[int, str] = {}
        """By the socket's address in the kernel, what it is said to have been, where that is not what it was."""
        self._left = {life: left for life in lives if (left := self._left_of(life))}

    def told(self) -> Iterator[SocketIs]:
        changes = [(change.at_ns, 1, change, life) for life in self._lives for change in life.changes]
        looks = [(entry.at_ns, 0, entry, None) for entry in self._entries if entry not in self._left.values()]
        for _, _, one, life in sorted([*changes, *looks], key=lambda item: item[:2]):
            if isinstance(one, Change) and life is not None:
                yield from self._changed(one, life)
            elif isinstance(one, SocketIs):
                yield from self._looked(one)

    def _changed(self, change: Change, life: Life) -> Iterator[SocketIs]:
        if change.old == "LISTEN":
            yield from self._made(change, life)
            return
        old, new = self._before.pop(change.sk, change.old), change.new
        if new == "CLOSE" and life in self._left:
            self._half = new = self._left[life].new
        if old != new:
            yield self._entry(change.at_ns, old, new, NAME)

    def _made(self, change: Change, life: Life) -> Iterator[SocketIs]:
        """A child in SYN_RECV: most often for a moment, and in the place of a request that was told of."""
        if self._half == "SYN_RECV":
            self._half = ""
        elif any(entry.new == "SYN_RECV" and self._showed(entry, life) for entry in self._entries):
            yield self._entry(change.at_ns, "CLOSE", "SYN_RECV", NAME)
        else:
            self._before[change.sk] = "CLOSE"

    def _looked(self, entry: SocketIs) -> Iterator[SocketIs]:
        """What no full socket accounts for, and no other account was given of."""
        if entry.new == "CLOSE":
            if entry.old == self._half:
                self._half = ""
                yield self._entry(entry.at_ns, entry.old, "CLOSE", LOOK)
        elif not any(self._showed(entry, life) for life in self._lives):
            self._half = entry.new if entry.new in HALF else ""
            yield self._entry(entry.at_ns, entry.old, entry.new, LOOK)

    def _showed(self, entry: SocketIs, life: Life) -> bool:
        return life.was(entry.new, *self._known.look_of(entry))

    def _left_of(self, life: Life) -> SocketIs | None:
        """The entry that shows what was left of it at the first look after its end, if anything was."""
        place = bisect_left(self._known.looks, (life.died_ns, 0))
        if place == len(self._known.looks):
            return None
        look = self._known.looks[place]
        last = next((entry for entry in reversed(self._entries) if entry.at_ns <= look[0]), None)
        is_left = last is not None and last.new in REMAINS and not any(one.was(last.new, *look) for one in self._lives)
        return last if is_left else None

    def _entry(self, at_ns: int, old: str, new: str, source: str) -> SocketIs:
        return SocketIs(at_ns, *self._place, old, new, source)
