"""Labs at work at the same time spread over the CPUs, and whoever is gone has left no seat taken."""

from __future__ import annotations

import os
import signal
from itertools import count
from pathlib import Path

import pytest

from harness.runner.front import Options, Rig
from harness.runner.seats import Seats
from netns import linux

NEVER = count(1_000_000 * os.getpid())
"""Numbers of CPUs that no machine has and no other test uses: the seats of real ones may be taken by labs at work."""


@pytest.fixture
def cpus() -> tuple[int, int]:
    return next(NEVER), next(NEVER)


def test_one_lab_fills_row_after_row(cpus: tuple[int, int]) -> None:
    seats = Seats(cpus)
    assert [seats.take() for _ in range(5)] == [*cpus, *cpus, cpus[0]]


def test_the_next_lab_sits_where_there_is_most_room(cpus: tuple[int, int]) -> None:
    first, second, third = Seats(cpus), Seats(cpus), Seats(cpus)
    assert [first.take(), second.take(), third.take(), first.take()] == [*cpus, *cpus]


def test_a_lab_that_was_killed_has_no_seat(cpus: tuple[int, int]) -> None:
    told, tell = os.pipe()
    if (pid := os.fork()) == 0:
        seats = Seats(cpus)
        os.write(tell, bytes(seats.take() == cpu for cpu in (*cpus, *cpus)))
        signal.pause()
    assert os.read(told, 4) == bytes([1, 1, 1, 1])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert Seats(cpus).take() == cpus[0]


def test_a_crowd_is_seated_all_the_same(cpus: tuple[int, int]) -> None:
    seats = Seats(cpus[:1])
    assert {seats.take() for _ in range(100)} == {cpus[0]}
