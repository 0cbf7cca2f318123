"""Labs at work at the same time spread over the CPUs, and whoever is gone has left no seat taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from harness.runner.seats import Seats

NEVER = count(1_000_000 * os.getpid())
"""Numbers of CPUs that no machine has and no other test uses: the seats of real ones may be taken by labs at work."""


SITTING = """\
import signal
from harness.runner.seats import Seats
seats = Seats({cpus})
print(seats.take(), seats.take(), flush=True)
signal.pause()
"""

Enter = Callable[..., Seats]


@pytest.fixture
def cpus() -> tuple[int, int]:
    return next(NEVER), next(NEVER)


@pytest.fixture
def enter() -> Iterator[Enter]:
    """A lab comes in, to sit on these CPUs; all leave at the end."""
    came: list[Seats] = []

    def one(*cpus: int) -> Seats:
        came.append(Seats(cpus))
        return came[-1]

    yield one
    for seats in came:
        seats.leave()


def test_one_lab_fills_row_after_row(enter: Enter, cpus: tuple[int, int]) -> None:
    seats = enter(*cpus)
    assert [seats.take() for _ in range(5)] == [*cpus, *cpus, cpus[0]]


def test_the_next_lab_sits_where_there_is_most_room(enter: Enter, cpus: tuple[int, int]) -> None:
    first, second, third = enter(*cpus), enter(*cpus), enter(*cpus)
    assert [first.take(), second.take(), third.take(), first.take()] == [*cpus, *cpus]


def test_a_seat_that_was_left_is_the_next_one(enter: Enter, cpus: tuple[int, int]) -> None:
    first, second = enter(*cpus), enter(*cpus)
    assert [first.take(), second.take(), second.take()] == [*cpus, cpus[0]]
    first.leave()
    assert second.take() == cpus[0]


def test_a_lab_that_was_killed_has_no_seat(enter: Enter, cpus: tuple[int, int]) -> None:
    lab = subprocess.Popen([sys.executable, "-c", SITTING.format(cpus=cpus)], stdout=subprocess.PIPE)
    assert lab.stdout is not None
    with lab:
        try:
            assert lab.stdout.readline().split() == [str(cpu).encode() for cpu in cpus]
            assert enter(*reversed(cpus)).take() == cpus[1]
        finally:
            lab.kill()
    seats = enter(*cpus)
    assert [seats.take() for _ in range(3)] == [*cpus, cpus[0]]


def test_a_crowd_is_seated_all_the_same(enter: Enter, cpus: tuple[int, int]) -> None:
    seats = enter(cpus[0])
    assert {seats.take() for _ in range(100)} == {cpus[0]}
