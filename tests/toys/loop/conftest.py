"""A loop on each poller, and two sockets that are joined."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from toys.loop import BACKENDS, Loop

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=list(BACKENDS))
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    made = Loop(request.param)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    yield from _pair()


@pytest.fixture
def other_pair() -> Iterator[Pair]:
    yield from _pair()


def _pair() -> Iterator[Pair]:
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()
