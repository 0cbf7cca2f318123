"""Takes turns: every round measures every rival, so that whatever else the machine does meets all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from bench.rivals import Rival

Measured = TypeVar("Measured", bound=tuple[Any, ...])


def medians(
    rivals: Iterable[Rival], measure: Callable[[Rival, int], Measured], rounds: int, seconds: int
) -> dict[str, Measured]:
    """By name the median of each figure, a named tuple of them; a first round of a second warms everybody up."""
    taken: dict[str, list[Measured]] = {}
    for number in range(rounds + 1):
        for rival in rivals:
            one = measure(rival, seconds if number else 1)
            if number:
                taken.setdefault(rival.name, []).append(one)
    return {
        name: type(each[0])(*(statistics.median(column) for column in zip(*each, strict=True)))
        for name, each in taken.items()
    }
