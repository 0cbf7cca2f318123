"""The heap of timers against the simplest thing that could be right: a table that is searched each time."""

from __future__ import annotations

import weakref
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toys.loop.timers import SMALLEST_SWEEP, Timer, Timers

TIMERS = 6
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, TIMERS - 1), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, TIMERS - 1), st.just(0)),
        st.tuples(st.just("ring"), st.just(0), st.integers(0, 8)),
    ),
    max_size=200,
)


def nothing() -> None:
    """A timer's call that does not matter."""


def recorded() -> tuple[Timers, list[int], list[Timer]]:
    """Timers that note their number when they ring."""
    rung: list[int] = []
    return Timers(), rung, [Timer(partial(rung.append, number)) for number in range(TIMERS)]


@given(STEPS)
def test_each_timer_rings_once_at_its_last_time_in_the_order_of_setting(steps: list[tuple[str, int, int]]) -> None:
    timers, rung, all_timers = recorded()
    table: dict[int, tuple[int, int]] = {}
    now = 0
    for place, (does, number, by) in enumerate(steps):
        if does == "set":
            timers.set(all_timers[number], now + by)
            table[number] = (now + by, place)
        elif does == "cancel":
            all_timers[number].cancel()
            table.pop(number, None)
        else:
            now += by
            rung.clear()
            timers.ring(now)
            due = sorted((when, order, number) for number, (when, order) in table.items() if when <= now)
            assert rung == [number for _, _, number in due]
            for number in rung:
                del table[number]
        assert timers.next_due() == min((when for when, _ in table.values()), default=None)
        assert [timer.is_set for timer in all_timers] == [number in table for number in range(TIMERS)]


@given(st.lists(st.tuples(st.integers(0, TIMERS - 1), st.integers(1, 1000)), max_size=2000))
def test_however_often_timers_are_moved_the_heap_stays_small(moves: list[tuple[int, int]]) -> None:
    timers, _, all_timers = recorded()
    for number, due in moves:
        timers.set(all_timers[number], due)
        assert len(timers) <= SMALLEST_SWEEP


def test_putting_a_timer_off_again_and_again_adds_nothing_to_the_heap() -> None:
    timers = Timers()
    timer = Timer(nothing)
    for due in range(1, 1000):
        timers.set(timer, due)
    assert len(timers) == 1


def test_a_timer_that_is_set_to_its_own_time_again_goes_behind_the_others_of_that_time() -> None:
    timers, rung, [first, second, *_] = recorded()
    timers.set(first, 1)
    timers.set(second, 1)
    timers.set(first, 1)
    timers.ring(1)
    assert rung == [1, 0]


def test_cancelled_timers_are_swept_out_long_before_their_time() -> None:
    timers = Timers()
    for _ in range(10_000):
        timer = Timer(nothing)
        timers.set(timer, 1_000_000)
        timer.cancel()
    assert len(timers) <= SMALLEST_SWEEP


def test_a_sweep_keeps_what_will_ring() -> None:
    timers = Timers()
    rung: list[int] = []
    for number in range(500):
        timers.set(Timer(partial(rung.append, number)), number)
        timers.set(Timer(nothing), 1000)
    timers.ring(999)
    assert rung == list(range(500))


def test_a_cancelled_timer_that_a_sweep_took_can_be_set_again() -> None:
    timers, rung, [timer, *_] = recorded()
    timers.set(timer, 10)
    timer.cancel()
    for _ in range(2 * SMALLEST_SWEEP):
        timers.set(Timer(nothing), 100)
    timers.set(timer, 50)
    timers.ring(60)
    assert rung == [0]


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_timer_set_to_an_earlier_time_rings_before_those_between(cancelled: bool) -> None:
    timers, rung, [timer, between, *_] = recorded()
    timers.set(between, 5)
    timers.set(timer, 10)
    if cancelled:
        timer.cancel()
    timers.set(timer, 1)
    assert timers.next_due() == 1
    timers.ring(1)
    assert rung == [0]


def test_moving_a_timer_to_and_fro_does_not_make_two_of_an_interval() -> None:
    timers = Timers()
    rung: list[str] = []
    timer = Timer(lambda: rung.append("tick"), interval_s=10)
    for due in (10, 5, 10, 5, 10):
        timers.set(timer, due)
    for now in range(1, 41):
        timers.ring(now)
    assert rung == ["tick"] * 4
    assert len(timers) == 1


def test_what_a_timer_sets_waits_for_the_next_turn_however_soon_it_is_due() -> None:
    timers = Timers()
    rung: list[str] = []
    second = Timer(lambda: rung.append("second"))

    def ring_first() -> None:
        rung.append("first")
        timers.set(second, 1)

    timers.set(Timer(ring_first), 1)
    timers.ring(1)
    assert rung == ["first"]
    timers.ring(1)
    assert rung == ["first", "second"]


def test_a_timer_that_an_earlier_one_cancelled_does_not_ring() -> None:
    timers, rung, [_, second, *_] = recorded()
    first = Timer(second.cancel)
    timers.set(first, 1)
    timers.set(second, 1)
    timers.ring(1)
    assert rung == []


def test_a_timer_that_was_put_off_does_not_hold_up_the_others_of_its_turn() -> None:
    timers, rung, [first, second, *_] = recorded()
    timers.set(first, 1)
    timers.set(first, 2)
    timers.set(second, 3)
    timers.ring(3)
    assert rung == [0, 1]


def test_an_interval_that_was_missed_several_times_rings_once_and_then_an_interval_later() -> None:
    timers = Timers()
    rung: list[int] = []
    timers.set(Timer(lambda: rung.append(1), interval_s=10), 10)
    timers.ring(45)
    timers.ring(45)
    assert rung == [1]
    assert timers.next_due() == 55


def test_an_interval_that_is_served_in_time_does_not_drift() -> None:
    timers = Timers()
    timers.set(Timer(nothing, interval_s=10), 10)
    timers.ring(13)
    assert timers.next_due() == 20


def test_an_interval_can_be_cancelled_by_its_own_call() -> None:
    timers = Timers()
    timer = Timer(lambda: timer.cancel(), interval_s=1)
    timers.set(timer, 1)
    timers.ring(1)
    assert timers.next_due() is None


def test_a_call_that_raises_leaves_the_other_timers_set() -> None:
    timers, rung, [_, second, *_] = recorded()
    timers.set(Timer(lambda: [].pop()), 1)
    timers.set(second, 1)
    try:
        timers.ring(1)
    except IndexError:
        rung.append(-1)
    timers.ring(1)
    assert rung == [-1, 1]


class Owner:
    """Has a timer that calls it."""

    def __init__(self, timers: Timers) -> None:
        self.timer = Timer(self.ring)
        timers.set(self.timer, 10)

    def ring(self) -> None:
        """Never."""


def test_the_heap_keeps_nobody_whose_timer_was_discarded() -> None:
    timers = Timers()
    owner = Owner(timers)
    seen = weakref.ref(owner)
    owner.timer.discard()
    del owner
    assert (len(timers), seen()) == (1, None)
    timers.ring(20)
