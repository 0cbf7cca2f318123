"""What strace writes of a slot's programs, case by case."""

from __future__ import annotations

import os
import re
import select

from harness.runner import channel

CHUNK = 1 << 18
PATIENCE_S = 5.0
"""How long strace may be silent after its programs have ended, whose ends it has not told: a dead one says no more."""
TAIL = re.compile(rb"^(\d+) +\S+ \+\+\+ (?:exited|killed)", re.MULTILINE)
BIRTH = re.compile(rb"^\d+ +\S+ (?:clone3?|v?fork)\(", re.MULTILINE)


class Calls:
    """The lines of the case under way, from `pipe`; None where nobody traces."""

    def __init__(self, pipe: int | None) -> None:
        self.pipe = pipe
        self._lines = bytearray()
        self._searched = 0
        self._ended: set[int] = set()
        """Whose ends strace has told, in what was searched so far."""

    def clear(self) -> None:
        self._lines.clear()
        self._ended.clear()
        self._searched = 0

    def drain(self) -> bool:
        """Takes in what there is, or waits for it; False if strace is gone."""
        assert self.pipe is not None, "nobody traces"
        chunk = os.read(self.pipe, CHUNK)
        self._lines += chunk
        return bool(chunk)

    def await_ends(self, pids: frozenset[int]) -> bool:
        """Reads on until strace has told the end of every program; False if it never did."""
        while self.pipe is not None and not pids <= self._ends():
            if not select.select([self.pipe], [], [], PATIENCE_S)[0] or not self.drain():
                return False
        return True

    def file(self, pids: frozenset[int]) -> int | None:
        """An anonymous file of the lines from the birth of the first of these on, by its descriptor."""
        return None if self.pipe is None else channel.file_of("calls", self._lines[self._birth_of(pids) :])

    def _birth_of(self, pids: frozenset[int]) -> int:
        """Where the line begins in which their parent had the first of them; what it did before is nobody's concern."""
        first = re.search(rb"^(?:%s) " % b"|".join(b"%d" % pid for pid in pids), self._lines, re.MULTILINE)
        births = BIRTH.finditer(self._lines, 0, first.start()) if first else ()
        return max((birth.start() for birth in births), default=0)

    def _ends(self) -> set[int]:
        """Its lines are megabytes where a program spins: each is looked at once."""
        self._ended |= {int(pid) for (pid,) in map(re.Match.groups, TAIL.finditer(self._lines, self._searched))}
        self._searched = self._lines.rfind(b"\n") + 1
        return self._ended
