"""The lives of sockets: from the changes of state of a whole machine to one story for each TCP socket in it.

A socket is known by its address in the kernel, and that is used again: so a life begins where a socket leaves CLOSE, or
where a listener bears a child, and ends where it is CLOSE again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from netns.tracepoint import Change

UNKNOWN_PORT = "0"
FOR_EVER = 1 << 63


@dataclass(frozen=True, slots=True)
class Life:
    """The changes of one socket in their order, at least one."""

    changes: tuple[Change, ...]
    local: str
    remote: str

    @property
    def born_ns(self) -> int:
        return self.changes[0].at_ns

    @property
    def died_ns(self) -> int:
        last = self.changes[-1]
        return last.at_ns if last.new == "CLOSE" else FOR_EVER

    @property
    def is_child(self) -> bool:
        """Whether a listener bore it."""
        return self.changes[0].old == "LISTEN"

    @property
    def listens(self) -> bool:
        return self.changes[0].new == "LISTEN"

    @property
    def is_touched(self) -> bool:
        """Whether a task of the opener's pid namespace did something with it: then it is a socket of this case."""
        return any(change.by_task and change.pid > 0 for change in self.changes)

    @property
    def is_a_strangers(self) -> bool:
        """Whether somebody else did something with it: another case, or at times a thread of the kernel's."""
        return any(change.by_task and change.pid == 0 for change in self.changes)

    @property
    def likeness(self) -> int:
        """How much its birth looks like one of this case, where nothing proves it: 2, 1, or 0 for a stranger's."""
        born = self.changes[0]
        return 2 if born.pid > 0 else int(not born.by_task)

    def was(self, state: str, since_ns: int, until_ns: int) -> bool:
        """Whether it was in this state at any time between these two."""
        ends = [change.at_ns for change in self.changes[1:]] + [FOR_EVER]
        return any(
            change.new == state and change.at_ns <= until_ns and end >= since_ns
            for change, end in zip(self.changes, ends, strict=True)
        )


def lives(changes: Iterable[Change]) -> list[Life]:
    """Every life that begins among these changes, by its beginning; what began before them is nobody's."""
    found: list[list[Change]] = []
    alive: dict[int, list[Change]] = {}
    for change in changes:
        if change.old == "CLOSE" or (change.old, change.new) == ("LISTEN", "SYN_RECV"):
            alive[change.sk] = [change]
            found.append(alive[change.sk])
        elif change.sk in alive:
            alive[change.sk].append(change)
        if change.new == "CLOSE":
            alive.pop(change.sk, None)
    return [_life(tuple(told)) for told in found]


def _life(changes: tuple[Change, ...]) -> Life:
    """A port that the kernel chooses is chosen after SYN_SENT was told, so the last change knows the addresses best."""
    ends = [(change.local, change.remote) for change in changes]
    local = next((near for near, _ in reversed(ends) if not has_no_port(near)), ends[-1][0])
    remote = next((far for _, far in reversed(ends) if not has_no_port(far)), ends[-1][1])
    return Life(changes, local, remote)


def has_no_port(address: str) -> bool:
    return address.rpartition(":")[2] == UNKNOWN_PORT


def is_unbroken(life: Life) -> bool:
    """Whether each change begins where the one before it ended: else one was not told."""
    return all(before.new == after.old for before, after in pairwise(life.changes))
