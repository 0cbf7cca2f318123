"""What became of a server's use over time: first, median, last, slope, and whether it is flat."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.soak.server import Use

HEADING = f"{'':<22}{'first':>9}{'median':>9}{'last':>9}{'most':>9}{'slope':>18}"
UNITS = {"rss": "KiB", "pss": "KiB", "descriptors": "", "timers": "", "blocks": ""}
TOLERATED_SHARE, TOLERATED_KIB = 0.02, 1024
"""So much may the line through the second half rise in all: caches fill, and a heap that held megabytes drifts."""


def table(name: str, uses: Sequence[Use]) -> list[str]:
    """A line for each figure; samples are a second apart."""
    lines = [f"{name}, {len(uses)} samples"]
    for field, unit in UNITS.items():
        values = [getattr(use, field) for use in uses]
        a_minute = slope(values[len(values) // 2 :]) * 60
        lines.append(
            f"  {f'{field} {unit}':<20}{values[0]:>9,}{statistics.median(values):>9,.0f}{values[-1]:>9,}"
            f"{max(values):>9,}{a_minute:>+10,.1f} a minute"
        )
    quarters = " ".join(f"{statistics.median(use.rss for use in part):,.0f}" for part in _quarters(uses))
    return [*lines, f"  rss KiB, median of each quarter: {quarters}"]


def _quarters(uses: Sequence[Use]) -> list[Sequence[Use]]:
    """A heap that settles rises less in each; a leak rises alike in all."""
    size = -(-len(uses) // 4)
    return [uses[start : start + size] for start in range(0, len(uses), size)]


def slope(values: Sequence[int]) -> float:
    """Of the line of least squares, by the sample."""
    if len(values) < 2:
        return 0.0
    return statistics.linear_regression(range(len(values)), values).slope


def grown_kib(uses: Sequence[Use]) -> float:
    """How much the line through the resident memory of the second half rises in all."""
    late = [use.rss for use in uses[len(uses) // 2 :]]
    return slope(late) * len(late)


def verdict(uses: Sequence[Use], floor: Use, left: Use) -> list[str]:
    """What is not flat: memory under load, and what is left when the load is gone."""
    found = []
    tolerated = max(TOLERATED_KIB, TOLERATED_SHARE * statistics.median(use.rss for use in uses))
    if (grown := grown_kib(uses)) > tolerated:
        found.append(f"resident memory rose by {grown:.0f} KiB in the second half, {tolerated:.0f} would be flat")
    for field in ("descriptors", "timers"):
        before, after = getattr(floor, field), getattr(left, field)
        if after > before:
            found.append(f"{after} {field} are left, there were {before} before the load")
    return found
