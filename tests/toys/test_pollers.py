"""Each poller says the same of the same sockets; only the edge-triggered one says it once."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from toys.toy9.pollers import IN, OUT, POLLERS, Poller, milliseconds

BOTH = frozenset({IN, OUT})
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=list(POLLERS))
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    made: Poller = POLLERS[request.param]()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_nothing_is_ready_when_nothing_happens(poller: Poller, pair: Pair) -> None:
    poller.watch(pair[0].fileno(), frozenset({IN}))
    assert poller.wait(0) == []


def test_room_and_input_are_told_apart(poller: Poller, pair: Pair) -> None:
    here, there = pair
    poller.watch(here.fileno(), BOTH)
    assert poller.wait(None) == [(here.fileno(), frozenset({OUT}))]
    there.send(b"x")
    assert poller.wait(None) == [(here.fileno(), BOTH)]


def test_only_what_is_asked_for_is_told(poller: Poller, pair: Pair) -> None:
    here, there = pair
    there.send(b"x")
    poller.watch(here.fileno(), frozenset({OUT}))
    assert poller.wait(None) == [(here.fileno(), frozenset({OUT}))]
    poller.watch(here.fileno(), frozenset({IN}))
    assert poller.wait(None) == [(here.fileno(), frozenset({IN}))]


def test_a_level_is_told_again_and_an_edge_once(poller: Poller, pair: Pair) -> None:
    here, there = pair
    there.send(b"x")
    poller.watch(here.fileno(), frozenset({IN}))
    told = [len(poller.wait(0)) for _ in range(3)]
    assert told == ([1, 0, 0] if poller.is_edge_triggered else [1, 1, 1])


def test_the_other_ends_hang_up_counts_for_whoever_waits(poller: Poller, pair: Pair) -> None:
    here, there = pair
    there.close()
    poller.watch(here.fileno(), BOTH)
    assert poller.wait(None) == [(here.fileno(), BOTH)]


def test_what_is_no_longer_watched_is_no_longer_told(poller: Poller, pair: Pair) -> None:
    poller.watch(pair[0].fileno(), BOTH)
    poller.unwatch(pair[0].fileno())
    assert poller.wait(0) == []


@pytest.mark.parametrize(("seconds", "expected"), [(-1.0, 0), (0.0, 0), (0.0001, 1), (0.3, 300), (1.0004, 1001)])
def test_a_rest_of_a_millisecond_is_rounded_up(seconds: float, expected: int) -> None:
    assert milliseconds(seconds) == expected
