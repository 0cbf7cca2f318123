"""The smallest input that still shows what was found: pieces are left out as long as it does (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bench.fuzz.case import Case

MOST_TRIES = 1500
Item = TypeVar("Item")


class Budget:
    """Trying has an end, and what was reached by then is what there is."""

    def __init__(self, shows: Callable[[list[Case]], bool]) -> None:
        self._shows, self._left = shows, MOST_TRIES

    def shows(self, cases: list[Case]) -> bool:
        self._left -= 1
        return self._left > 0 and self._shows(cases)


def smallest(cases: list[Case], shows: Callable[[list[Case]], bool]) -> list[Case]:
    """First fewer inputs, then of each the simplest way and the fewest bytes. `shows` is asked again and again."""
    budget = Budget(shows)
    cases = fewest(cases, budget.shows)
    for place in range(len(cases)):

        def alone(one: Case, place: int = place) -> bool:
            return budget.shows([*cases[:place], one, *cases[place + 1 :]])

        cases[place] = _simplest(cases[place], alone)
    return cases


def _simplest(case: Case, shows: Callable[[Case], bool]) -> Case:
    for simpler in (case._replace(cuts=(), ending="fin"), case._replace(cuts=()), case._replace(ending="fin")):
        if shows(simpler):
            case = simpler
            break
    data = fewest(list(case.data), lambda some: shows(case._replace(data=bytes(some))))
    return case._replace(data=bytes(data))


def fewest(items: list[Item], shows: Callable[[list[Item]], bool]) -> list[Item]:
    """Leaves out halves, quarters and so on, down to single items."""
    size = (len(items) + 1) // 2
    while size and items:
        start = 0
        while start < len(items):
            fewer = items[:start] + items[start + size :]
            if shows(fewer):
                items = fewer
            else:
                start += size
        size = size // 2
    return items
