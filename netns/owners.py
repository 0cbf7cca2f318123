"""Whose socket is it? The tracepoint tells of the whole machine, and other cases use the same addresses at this moment.

A socket that a task of this case opened, closed or shut down is of this case: that needs no guess. A child that only
its listener's kernel has touched was born in an interrupt, which runs in whatever task it meets. Of such a one the
looks at the hosts' own tables decide: a socket that they show has a life, and where only one life can be the one that
they show, it is that. What is left lived between two looks; it is of this case if a frame of its connection had just
arrived here. Where this decides nothing, the recording says so of itself and counts as incomplete.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from netns.lives import Life, has_no_port, is_unbroken
from netns.log import SocketIs

HALF = frozenset({"SYN_RECV", "FIN_WAIT2", "TIME_WAIT"})
"""What the kernel also keeps without a full socket: a request, and what is left when all has been said."""

Look = tuple[int, int]
"""When a look at all hosts began and ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the case itself knows."""

    entries: Sequence[SocketIs]
    """What the looks showed that was new, each stamped with the beginning of its look."""
    looks: Sequence[Look]
    host_of: Callable[[str], str]
    """The host that has an address; empty where several may."""
    heard: Callable[[str, str, int, int], bool]
    """Whether a frame between these two addresses was seen in this case from one time to another."""

    def look_of(self, entry: SocketIs) -> Look:
        place = bisect_left(self.looks, (entry.at_ns, 0))
        return self.looks[place] if place < len(self.looks) else (entry.at_ns, entry.at_ns)


@dataclass(slots=True)
class Owned:
    """The lives of this case, each with its host; `doubts` says in words what could not be decided."""

    lives: list[tuple[str, Life]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def owned(lives: Iterable[Life], known: Known) -> Owned:
    """Those of the lives that are of this case. Listeners are left out, as the looks leave them out."""
    return _Settling([life for life in lives if not life.listens], known).settle()


class _Settling:
    def __init__(self, lives: Sequence[Life], known: Known) -> None:
        self._known = known
        self._found = Owned()
        self._hosts: dict[int, str] = {}
        """Of the lives that are ours, by the place in the list."""
        self._lives = [life if not life.is_touched else _with_port(life, known) for life in lives]
        self._ours = {place for place, life in enumerate(self._lives) if life.is_touched}
        self._by_ends: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, life in enumerate(self._lives):
            self._by_ends[life.local, life.remote].append(place)

    def settle(self) -> Owned:
        for entry in self._known.entries:
            if entry.new not in HALF | {"CLOSE"}:
                self._claim(entry)
        for entry in self._known.entries:
            if entry.new in HALF:
                self._place(entry)
        for place, life in enumerate(self._lives):
            if place not in self._ours and self._is_ours_unseen(life):
                self._ours.add(place)
        for place in sorted(self._ours):
            self._take(place)
        return self._found

    def _shown(self, entry: SocketIs) -> list[int]:
        """The lives that a look may have shown."""
        since_ns, until_ns = self._known.look_of(entry)
        places = self._by_ends.get((entry.local, entry.remote), ())
        return [place for place in places if self._lives[place].was(entry.new, since_ns, until_ns)]

    def _claim(self, entry: SocketIs) -> None:
        """What a look showed of a full socket is one of these lives; one of ours, if there is one."""
        shown = self._shown(entry)
        ours = [place for place in shown if place in self._ours]
        best = max((self._lives[place].likeness for place in shown), default=0)
        likely = ours or [place for place in shown if self._lives[place].likeness == best]
        if len(likely) == 1:
            self._ours.add(likely[0])
            self._hosts[likely[0]] = entry.host
        else:
            count = len(likely) or "no"
            self._found.doubts.append(f"{entry.host} {entry.local} {entry.remote} {entry.new}: {count} lives fit")

    def _place(self, entry: SocketIs) -> None:
        """What may be half a socket gives a host to a life that is ours anyway, and makes none ours."""
        for place in self._shown(entry):
            if place in self._ours:
                self._hosts.setdefault(place, entry.host)

    def _is_ours_unseen(self, life: Life) -> bool:
        """Of a child that no look showed."""
        born, looks = life.changes[0], self._known.looks
        last = bisect_left(looks, (born.at_ns, 0))
        was_looked_at = any(until < life.died_ns for since, until in looks[last:][:1])
        if not life.is_child or life.is_a_strangers or was_looked_at:
            return False
        if life.likeness == 2 and self._ours.intersection(self._by_ends.get((life.remote, life.local), ())):
            return True  # its other end is ours: on a loopback nobody hears frames
        since_ns = looks[last - 1][0] if last else 0
        if not self._known.heard(life.local, life.remote, since_ns, born.at_ns):
            return False
        if life.likeness < 2:
            self._found.doubts.append(f"{life.local} {life.remote} lived between two looks, and may be another case's")
        return life.likeness == 2

    def _take(self, place: int) -> None:
        life = self._lives[place]
        host = self._hosts.get(place) or self._known.host_of(life.local)
        if not host:
            self._found.doubts.append(f"{life.local} {life.remote}: on which host is not known")
        elif not is_unbroken(life):
            self._found.doubts.append(f"{host} {life.local} {life.remote}: a change was not told")
        else:
            self._found.lives.append((host, life))


def _with_port(life: Life, known: Known) -> Life:
    """One that never left SYN_SENT never told its port; a look did."""
    if not has_no_port(life.local):
        return life
    address = life.local.rpartition(":")[0]
    for entry in known.entries:
        since_ns, until_ns = known.look_of(entry)
        same = entry.local.rpartition(":")[0] == address and entry.remote == life.remote
        if same and life.was(entry.new, since_ns, until_ns):
            return replace(life, local=entry.local)
    return life
