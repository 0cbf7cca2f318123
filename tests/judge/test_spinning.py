"""A program spins if the same readiness is reported to it again and again, and it does nothing about it."""

from __future__ import annotations

import pytest

from harness.notation import parse
from harness.spec.spinning import no_spinning
from harness.trace import Trace

READY = "client  wait(-1) = 1\nclient  ready(sock1) = {}\n"


def judged(*bodies: str) -> str:
    """What is said of a program that was told `IN`, or did `recv(...)`, in this order."""
    lines = (READY.format(body) if "(" not in body else f"client  {body}\n" for body in bodies)
    return no_spinning(Trace(parse("".join(lines)))).outcome


READ = 'recv(sock1, 4096) = 5 "hello"'


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (("OUT", "OUT", "OUT"), "fail"),
        (("OUT", "OUT"), "pass"),
        (("IN", "IN", READ, "IN"), "pass"),
        (("IN", "IN|RDHUP", "IN", "IN|RDHUP"), "pass"),
        (("IN", "OUT", "OUT", "OUT"), "fail"),
        ((READ,), "not_applicable"),
    ],
)
def test_three_reports_of_one_readiness_with_nothing_between_are_spinning(told: tuple[str, ...], outcome: str) -> None:
    assert judged(*told) == outcome


def test_each_socket_is_looked_at_by_itself() -> None:
    other = "ready(sock2) = IN"
    assert judged("IN", other, "IN", other, "IN") == "fail"
