"""Writes lengths of time as people read them, and divides an axis at round ones."""

from __future__ import annotations

STEPS = (1, 2, 5)
UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))


def step_for(span_ns: int, most: int = 12) -> int:
    """The distance of ticks: a round number of nanoseconds that gives at most `most` of them."""
    scale = 1
    while True:
        for step in STEPS:
            if span_ns / (step * scale) <= most:
                return step * scale
        scale *= 10


def time_label(nanoseconds: int) -> str:
    """`0`, `20 ns`, `1.5 µs`, `50 ms`, `3 s`."""
    for unit, name in UNITS:
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:g} {name}"
    return f"{nanoseconds} ns" if nanoseconds else "0"


def about(nanoseconds: int) -> str:
    """The same, in two digits."""
    unit = 10 ** max(len(str(nanoseconds)) - 2, 0)
    return time_label(nanoseconds // unit * unit)
