"""A lab that looks late does what the clock kept back in the order of one that looks in time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.runner.lockstep import act_late
from netns.log import Entry

NOW_NS = 100


class Waits:
    """Has one thing to do, at `due_ns`."""

    def __init__(self, due_ns: int | None) -> None:
        self.log: list[Entry] = []
        self.due = due_ns

    def wants(self) -> Mapping[int, int]:
        return {}

    def due_ns(self) -> int | None:
        return self.due

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        return False

    def act_late(self, now_ns: int) -> bool:
        if self.due is None or self.due > now_ns:
            return False
        self.due = None
        return True


@pytest.mark.parametrize(
    ("times", "order"),  # when each wants to act, and who does by now
    [
        ((10, 20), [0, 1]),
        ((20, 10), [1, 0]),
        ((10, 10), [0, 1]),
        ((None, 10), [1]),
        ((10, 200), [0]),
        ((200, None), []),
    ],
)
def test_whose_time_came_first_goes_first(times: tuple[int | None, int | None], order: list[int]) -> None:
    actors = [Waits(due_ns) for due_ns in times]
    done: list[int] = []
    while True:
        before = [actor.due for actor in actors]
        if not act_late(actors, NOW_NS):
            break
        done += [place for place, actor in enumerate(actors) if actor.due != before[place]]
    assert done == order
