"""What the tests of the judge share: a refused connection, and a case that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.canonical import canonical
from harness.case import Case, Expect, Program
from harness.notation import parse
from harness.trace import Trace
from netns.plan import Plan

REFUSED = """
client  socket(inet, stream, nonblock) = sock1
journal state idle -> connecting
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
journal fact waitingForConnection true
client  watch(sock1, OUT) = 0
client  wait(-1) = 1
wire    client:40000 > server:9  S
wire    client:40000 >> server:9  S
wire    server:9 > client:40000  RA
wire    server:9 >> client:40000  RA
kernel  client 10.0.0.1:40000 10.0.0.2:9  SYN_SENT -> CLOSE
client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP
client  getsockopt(sock1, SO_ERROR) = ECONNREFUSED
journal fact waitingForConnection false
client  unwatch(sock1) = 0
client  close(sock1) = 0
journal state connecting -> error
journal fact error refused: connection refused
journal callback errorEncountered(ECONNREFUSED)
lab     exit client 10
"""


@pytest.fixture
def refused() -> Trace:
    return Trace(parse(REFUSED))


@pytest.fixture
def make_case() -> Callable[..., Case]:
    """A case to judge REFUSED by, with what a test expects of it."""
    return _case


def form(text: str) -> str:
    """The canonical form of a trace in text notation."""
    return canonical(Trace(parse(text)))


def _case(**asked: Any) -> Case:
    return Case(
        id="refused::ipv4-epoll",
        spec="toy9",
        scenario="refused",
        axes={"family": "ipv4", "poller": "epoll"},
        file="scenarios/toy9/refused.yaml",
        line=1,
        why="The closed port answers with RST.",
        plan=Plan(),
        subject=Program(on="client", argv=("toy9", "connect", "10.0.0.2", "9")),
        target_host="10.0.0.2",
        target_port=9,
        expect=Expect(**asked),
    )
