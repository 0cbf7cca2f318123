"""Says when a case has lasted long enough: at its deadline, or when it is seen earlier that nothing new will come.

The latter is for mutants. One that sleeps for ever is known by its silence, and one that never rests by the processor
time that it takes, on an idle machine and on a busy one. A deadline that spares us the waiting for either would cut off
the others where the machine is slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.case import Case

MS = 1_000_000


class Patience:
    """Begins when it is made. `cpu_ns` is asked only in a case with such a limit: asking costs some."""

    def __init__(self, case: Case, cpu_ns: Callable[[], int]) -> None:
        now_ns = time.time_ns()
        self._case = case
        self._cpu_ns = cpu_ns
        self._deadline_ns = now_ns + case.deadline_ms * MS
        self._happened_ns = now_ns

    def happened(self) -> None:
        """Somebody did something, or is at work."""
        self._happened_ns = time.time_ns()

    @property
    def end_ns(self) -> int:
        """When it is over if nothing happens before."""
        if not self._case.idle_ms:
            return self._deadline_ns
        return min(self._deadline_ns, self._happened_ns + self._case.idle_ms * MS)

    def why_over(self) -> str:
        """Empty as long as it is not over."""
        case, now_ns = self._case, time.time_ns()
        if now_ns >= self._deadline_ns:
            return f"{case.deadline_ms} ms are over"
        if now_ns >= self.end_ns:
            return f"nothing happened for {case.idle_ms} ms"
        if case.busy_ms and self._cpu_ns() >= case.busy_ms * MS:
            return f"{case.busy_ms} ms of processor time are used up"
        return ""
