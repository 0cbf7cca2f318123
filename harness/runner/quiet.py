"""Knows when every program of the case sleeps: the moment at which the lab may act.

Process 1 looks at everybody else in its own /proc. A thread that waits is in state `S`; running, stopped by its tracer
(`t`) or in the kernel for a moment (`D`) is not asleep. With several threads one look is not enough: one may wake
another that was already looked at. So two looks must agree that all sleep, and that nobody ran in between, by the CPU
time in /proc/PID/task/TID/schedstat (kernel documentation, scheduler/sched-stats).
"""

from __future__ import annotations

import os
from contextlib import suppress

ASLEEP = b"S"
OVER = b"ZX"


class Quiet:
    """Looks at every process of the pid namespace but process 1. Each thread's files are opened once and read again."""

    def __init__(self) -> None:
        self._load = os.open("/proc/loadavg", os.O_RDONLY)
        self._files: dict[str, tuple[int, int]] = {}
        self._newest = b""
        self._awake = ""
        self._seen: set[int] = set()

    def asleep(self) -> bool:
        """Whether no thread can run before something happens to it."""
        if not self._slept_before():
            return False
        first = self._look()
        return first is not None and (len(first) < 2 or self._look() == first)

    def knows(self, pid: int) -> bool:
        """Whether the last look saw a thread of this process that is not over."""
        return pid in self._seen

    def close(self) -> None:
        for descriptor in (self._load, *(one for files in self._files.values() for one in files)):
            os.close(descriptor)
        self._files.clear()

    def _slept_before(self) -> bool:
        """Whether the thread that was last seen awake sleeps by now: most often that one is the only reason to wait."""
        if self._awake not in self._files:
            return True
        return self._state(self._awake) in ASLEEP + OVER

    def cpu_ns(self) -> int:
        """The CPU time that all of them have used, in nanoseconds."""
        self._refresh()
        return sum(int(ran.split()[0]) for ran in map(self._ran, list(self._files)) if ran)

    def _look(self) -> dict[str, bytes] | None:
        """The CPU time of every thread, or None if one of them is awake."""
        self._refresh()
        seen = {}
        for task in list(self._files):
            state = self._state(task)
            if state in OVER:
                continue
            if state != ASLEEP:
                self._awake = task
                return None
            seen[task] = self._ran(task)
        self._seen = {int(task.split("/")[2]) for task in seen}
        return seen

    def _refresh(self) -> None:
        """Finds new threads. /proc/loadavg ends with the pid that was given last, in the reader's own namespace."""
        newest = os.pread(self._load, 512, 0).rsplit(None, 1)[-1]
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

    def _state(self, task: str) -> bytes:
        """The letter of proc(5)'s stat, behind the name in parentheses. A task that went is over."""
        stat = self._text(task, 0)
        return stat[stat.rindex(b")") + 2 :][:1] if stat else b"X"

    def _ran(self, task: str) -> bytes:
        """The schedstat line, empty for a task that went: its CPU time, and how long and how often it waited for it."""
        return self._text(task, 1)

    def _text(self, task: str, which: int) -> bytes:
        try:
            return os.pread(self._files[task][which], 512, 0)
        except KeyError:
            return b""
        except ProcessLookupError:
            for descriptor in self._files.pop(task):
                os.close(descriptor)
            return b""
