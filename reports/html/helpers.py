"""Shares the pages of a long run among processes, each started as `python -m reports.html.pages RUN QUEUE`.

All read the run at the same time. The queue is a pipe with a byte for each portion of the cases: who has written one
takes the next, so that all are busy to the end. This module is imported before those that take their time, so that the
helpers start meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BYTES_A_PROCESS = 600_000
"""Of run.json: fewer cases than that makes are written sooner than another interpreter has read the run."""
MOST_PORTIONS = 200


class Queue:
    """The pipe. Who is to fill it has both ends."""

    def __init__(self, taken: int, filled: int | None = None) -> None:
        self._taken, self._filled = taken, filled

    def fill(self, cases: int) -> None:
        """Once, with all portions of so many cases."""
        assert self._filled is not None, "a helper only takes"
        os.write(self._filled, bytes(range(-(-cases // _portion(cases)))))
        self.close()

    def close(self) -> None:
        """Nothing more comes; a second call does nothing."""
        if self._filled is not None:
            os.close(self._filled)
            self._filled = None

    def take(self, cases: int) -> Iterator[int]:
        """The cases that nobody else has taken yet, by their places in the run."""
        size = _portion(cases)
        while taken := os.read(self._taken, 1):
            first = taken[0] * size
            yield from range(first, min(first + size, cases))


def _portion(cases: int) -> int:
    """How many are taken at a time."""
    return cases // MOST_PORTIONS + 1


@contextmanager
def helped(run_dir: Path) -> Iterator[Queue]:
    """A queue with helpers at it. They are waited for, or ended if the caller fails. RuntimeError if one fails."""
    reads, writes = os.pipe()
    helpers = [_helper(run_dir, reads) for _ in range(_processes(run_dir) - 1)]
    queue = Queue(reads, writes)
    try:
        yield queue
        ends = [helper.wait() for helper in helpers]
    finally:
        queue.close()
        os.close(reads)
        for helper in helpers:
            helper.kill()
            helper.wait()
    if any(ends):
        raise RuntimeError(f"a process that wrote pages ended with status {max(ends, key=abs)}")


def _processes(run_dir: Path) -> int:
    """How many are worth their start: as many as there are processors, but one for a short run or none at all."""
    try:
        size = (run_dir / "run.json").stat().st_size
    except OSError:
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), size // BYTES_A_PROCESS))


def _helper(run_dir: Path, queue: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "reports.html.pages", str(run_dir.absolute()), str(queue)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(queue,))
