"""Knows when every program of the case sleeps: the moment at which the lab may act.

Process 1 looks at everybody else in its own /proc. A thread that waits is in state `S`; running, stopped by its tracer
(`t`) or in the kernel for a moment (`D`) is not asleep. With several threads one look is not enough: one may wake
another that was already looked at. So two looks must agree that all sleep, and that nobody ran in between, by the CPU
time in /proc/PID/task/TID/schedstat (kernel documentation, scheduler/sched-stats).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

ASLEEP = b"S"
OVER = b"ZX"


class Quiet:
    """Looks at every process of the pid namespace but process 1. Each thread's files are opened once and read again."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[int, int]] = {}
        self._newest = b""

    def asleep(self, living: Iterable[int] = ()) -> bool:
        """Whether no thread can run before something happens to it.

        `living` are programs that nobody has said the end of yet: one of them that is gone is about to be heard of.
        """
        first = self._look()
        if first is None:
            return False
        if any(not any(task.startswith(f"/proc/{pid}/") for task in first) for pid in living):
            return False
        return len(first) < 2 or self._look() == first

    def cpu_ns(self) -> int:
        """The CPU time that all of them have used, in nanoseconds."""
        self._refresh()
        return sum(int(ran.split()[0]) for _, ran in map(self._state, list(self._files)) if ran)

    def _look(self) -> dict[str, bytes] | None:
        """The CPU time of every thread, or None if one of them is awake."""
        self._refresh()
        seen = {}
        for task in list(self._files):
            state, ran = self._state(task)
            if state in OVER:
                continue
            if state != ASLEEP:
                return None
            seen[task] = ran
        return seen

    def _refresh(self) -> None:
        """Finds new threads. /proc/loadavg ends with the pid that was given last, in the reader's own namespace."""
        newest = _read("/proc/loadavg").rsplit(None, 1)[-1]
        if newest == self._newest:
            return
        self._newest = newest
        for pid in os.listdir("/proc"):
            if pid.isdigit() and pid != "1":
                with suppress(FileNotFoundError, ProcessLookupError):
                    for thread in os.listdir(f"/proc/{pid}/task"):
                        self._open(f"/proc/{pid}/task/{thread}")

    def _open(self, task: str) -> None:
        if task not in self._files:
            flags = os.O_RDONLY | os.O_CLOEXEC
            self._files[task] = (os.open(f"{task}/stat", flags), os.open(f"{task}/schedstat", flags))

    def _state(self, task: str) -> tuple[bytes, bytes]:
        """The letter of proc(5)'s stat, behind the name in parentheses, and the schedstat line.

        A task that went is over.
        """
        try:
            stat, ran = (os.pread(descriptor, 512, 0) for descriptor in self._files[task])
        except ProcessLookupError:
            for descriptor in self._files.pop(task):
                os.close(descriptor)
            return b"X", b""
        return stat[stat.rindex(b")") + 2 :][:1], ran


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 512)
    finally:
        os.close(descriptor)
