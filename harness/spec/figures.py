"""Figures that change in the course of a trace, such as how many bytes were read by then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable


class Figure:
    """What a figure came to with the events of these sorted numbers, and was at any other, found by bisection."""

    def __init__(self, numbers: list[int], figures: Iterable[int]) -> None:
        self._numbers, self._figures = numbers, [0, *figures]

    def at(self, number: int) -> int:
        """Its value just before the event of this number."""
        return self._figures[bisect_left(self._numbers, number)]
