"""Knows when every program of the case sleeps: the moment at which the lab may act.

Process 1 looks at everybody else in its own /proc. A thread that waits is in state `S`; running, stopped by its tracer
(`t`) or in the kernel for a moment (`D`) is not asleep. With several threads one look is not enough: one may wake another
that was already looked at. So two looks must agree that all sleep, and that nobody ran in between, by the CPU time in
/proc/PID/task/TID/schedstat (kernel documentation, scheduler/sched-stats).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

ASLEEP = b"S"
OVER = b"ZX"


def asleep() -> bool:
    """Whether no thread of any other process in this pid namespace can run before something happens to it."""
    first = _look()
    if first is None:
        return False
    return len(first) < 2 or _look() == first


def _look() -> dict[str, bytes] | None:
    """The CPU time of every thread, or None if one of them is awake."""
    seen = {}
    for task in _tasks():
        state, ran = _state(task)
        if state in OVER:
            continue
        if state != ASLEEP:
            return None
        seen[task] = ran
    return seen


def _tasks() -> Iterator[str]:
    for pid in os.listdir("/proc"):
        if pid.isdigit() and pid != "1":
            try:
                threads = os.listdir(f"/proc/{pid}/task")
            except FileNotFoundError:
                continue
            yield from (f"/proc/{pid}/task/{thread}" for thread in threads)


def _state(task: str) -> tuple[bytes, bytes]:
    """The letter of proc(5)'s stat, behind the name in parentheses, and the schedstat line. A task that went is over."""
    try:
        stat, ran = _read(f"{task}/stat"), _read(f"{task}/schedstat")
    except (FileNotFoundError, ProcessLookupError):
        return b"X", b""
    return stat[stat.rindex(b")") + 2 :][:1], ran


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 512)
    finally:
        os.close(descriptor)


def cpu_ns() -> int:
    """The CPU time that all of them have used, in nanoseconds."""
    return sum(int(ran.split()[0]) for _, ran in map(_state, _tasks()) if ran)
