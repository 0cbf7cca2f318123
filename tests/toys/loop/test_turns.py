"""One turn after the other: what comes before what, when a turn ends, and that no turn is taken for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.toys.loop.conftest import Pair
from toys.loop import READ, WRITE, Loop


class Broken(Exception):
    """What a callback of these tests raises."""


def turns(loop: Loop) -> list[float]:
    """Notes when each turn of the loop begins, from now on."""
    taken: list[float] = []
    turn = loop.turn

    def counted() -> None:
        taken.append(time.monotonic())
        turn()

    loop.turn = counted  # type: ignore[method-assign]
    return taken


def fail() -> None:
    raise Broken


def test_a_loop_without_anything_to_wait_for_does_not_run(loop: Loop) -> None:
    taken = turns(loop)
    loop.run()
    assert taken == []


def test_waiting_for_a_timer_takes_one_turn_and_not_less_than_its_time(loop: Loop) -> None:
    taken, rung = turns(loop), list[float]()
    loop.after(0.03, lambda: rung.append(time.monotonic()))
    loop.run()
    assert len(taken) == 1
    assert rung[0] - taken[0] >= 0.029


def test_timers_ring_in_the_order_of_their_times_and_each_takes_one_turn_at_most(loop: Loop) -> None:
    taken, rung = turns(loop), list[int]()
    for hundredths in (3, 1, 2):
        loop.after(hundredths / 100, partial(rung.append, hundredths))
    loop.run()
    assert rung == [1, 2, 3]
    assert len(taken) <= 3


def test_an_idle_watcher_beside_a_timer_costs_no_turn(loop: Loop, pair: Pair) -> None:
    taken = turns(loop)
    watcher = loop.watch(pair[0], READ, lambda _: None)
    loop.after(0.03, watcher.stop)
    loop.run()
    assert len(taken) == 1


def test_a_timer_further_away_than_any_poller_can_wait_does_not_stop_the_loop(loop: Loop, pair: Pair) -> None:
    told: list[int] = []
    never = loop.after(1e9, fail)
    loop.watch(pair[0], WRITE, told.append)
    loop.turn()
    assert told == [WRITE]
    assert never.is_set


def test_a_timer_that_is_put_off_rings_once_and_late(loop: Loop) -> None:
    rung: list[float] = []
    begun = time.monotonic()
    timer = loop.after(0.001, lambda: rung.append(time.monotonic()))
    loop.restart(timer, 0.03)
    loop.run()
    assert len(rung) == 1
    assert rung[0] - begun >= 0.029


def test_a_cancelled_timer_keeps_no_loop_alive(loop: Loop) -> None:
    taken = turns(loop)
    loop.after(60, fail).cancel()
    loop.run()
    assert taken == []


def test_an_interval_rings_until_it_is_cancelled(loop: Loop) -> None:
    taken, rung = turns(loop), list[int]()

    def ring() -> None:
        rung.append(1)
        if len(rung) == 3:
            ticking.cancel()

    ticking = loop.every(0.005, ring)
    loop.run()
    assert len(rung) == 3
    assert len(taken) == 3


def test_a_time_in_the_past_is_now_and_does_not_go_before_what_is_due(loop: Loop) -> None:
    rung: list[str] = []

    def again() -> None:
        rung.append("again")
        if len(rung) < 5:
            loop.after(-1, again)

    loop.after(-1, again)
    loop.after(0, lambda: rung.append("other"))
    loop.turn()
    assert rung == ["again", "other"]


def test_readiness_comes_first_then_timers_then_deferred_calls(loop: Loop, pair: Pair) -> None:
    order: list[str] = []
    loop.soon(lambda: order.append("deferred"))
    loop.after(0, lambda: order.append("timer"))
    loop.watch(pair[0], WRITE, lambda _: order.append("readiness"))
    loop.turn()
    assert order == ["readiness", "timer", "deferred"]


def test_a_deferred_call_of_a_deferred_call_waits_for_the_next_turn_and_that_one_does_not_wait(loop: Loop) -> None:
    order: list[int] = []
    loop.soon(partial(order.append, 1))
    loop.soon(partial(loop.soon, partial(order.append, 2)))
    loop.turn()
    assert order == [1]
    loop.turn()
    assert order == [1, 2]


@pytest.mark.parametrize("ask", [lambda loop, call: loop.soon(call), lambda loop, call: loop.after(0, call)])
def test_stop_ends_the_run_after_the_turn_and_keeps_what_is_left(
    loop: Loop, pair: Pair, ask: Callable[[Loop, Callable[[], None]], object]
) -> None:
    told: list[int] = []
    loop.watch(pair[0], WRITE, told.append)
    ask(loop, loop.stop)
    loop.run()
    assert told == [WRITE]
    pair[1].send(b"x")
    loop.soon(loop.stop)
    loop.run()  # and it can be run again


def test_stop_in_a_callback_ends_a_run_that_could_go_on_for_ever(loop: Loop, pair: Pair) -> None:
    taken = turns(loop)
    loop.watch(pair[0], WRITE, lambda _: loop.stop())
    loop.run()
    assert len(taken) == 1


def test_an_exception_comes_out_and_what_was_fetched_with_it_is_not_lost(
    loop: Loop, pair: Pair, other_pair: Pair
) -> None:
    """Of two edges in one batch, the first callback raises; the kernel would not tell the second edge again."""
    told: list[str] = []

    def tell(name: str, _: int) -> None:
        told.append(name)
        if len(told) == 1:
            fail()

    for name, end in (("first", pair[0]), ("second", other_pair[0])):
        loop.watch(end, WRITE, partial(tell, name))
    with pytest.raises(Broken):
        loop.turn()
    loop.turn()
    assert set(told) == {"first", "second"}


def test_an_exception_of_a_timer_or_a_deferred_call_leaves_the_others(loop: Loop) -> None:
    done: list[str] = []
    loop.after(0, fail)
    loop.after(0, lambda: done.append("timer"))
    loop.soon(fail)
    loop.soon(lambda: done.append("deferred"))
    for _ in range(2):
        with pytest.raises(Broken):
            loop.run()
    loop.run()
    assert sorted(done) == ["deferred", "timer"]
