"""What a person waits for: commands started from nothing, as ratios to starting Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence


def milliseconds(command: Sequence[str], times: int) -> float:
    """The median time from start to exit. RuntimeError if the command fails."""
    return statistics.median(_one(command) for _ in range(times))


def _one(command: Sequence[str]) -> float:
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        took = (time.perf_counter() - begun) * 1e3
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr or done.stdout}")
    return took


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
