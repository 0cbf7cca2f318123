"""What a person waits for: commands started from nothing, as ratios to starting Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from bench import places


def milliseconds(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, float]:
    """By name the median time from start to exit; they take turns, so that all find the same machine.

    RuntimeError if a command fails.
    """
    rounds = [{name: _one(command) for name, command in commands.items()} for _ in range(times)]
    return {name: statistics.median(one[name] for one in rounds) for name in commands}


def _one(command: Sequence[str]) -> float:
    place = places.fresh()
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    took = (time.perf_counter() - begun) * 1e3
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr or done.stdout}")
    return took


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
