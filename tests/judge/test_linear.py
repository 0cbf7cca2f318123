"""Judging costs as many steps as there are events: four times as long a trace takes about four times as many.

Each golden trace that obeys its clause is repeated. Steps are lines of Python, which no busy machine changes. A few
clauses know of one life only and are done with the second one: of those this says less than of the others.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from msgspec.structs import fields, replace

from harness.checker import judge_clause
from harness.clause import Clause
from harness.events import Accept, Event, Fact, Socket
from harness.golden import Golden
from harness.notation import parse
from harness.spec import SPECS
from harness.trace import Trace
from tests.judge.test_goldens import CLAUSES, GOLDENS

FEW, MANY = 5, 20
"""So many times a golden trace is repeated."""

CONSTANT = 100
"""So many steps may come on top of four times as many, for a table that only the longer trace needs; 30 were seen."""

GAP_NS = 10**10
DNS = 53
FIRST_OWN_PORT = 40_000
"""A server listens on one port all the time; only the kernel's clauses know of several listeners on one host."""

NUMBERED = frozenset({"connection", "request", "answer", "alpn", "ended"})
"""Facts of httpd that begin with the number of a connection."""

NAMES = re.compile(r"\b(sock|accepted)(\d+)|(:)(\d+)$|\b([a-z]+)(?=\.lab\b)")


def copies(golden: Golden, count: int, spec: str) -> Trace:
    """The golden trace so many times, one after the other, each time with sockets, ports and names of its own."""
    whole = golden.trace
    first = [*whole.events, *parse(closing(whole), subject=whole.subject)]
    first[len(whole.events) :] = [replace(event, at_ns=whole.events[-1].at_ns) for event in first[len(whole.events) :]]
    events = [event for number in range(count) for event in copy(first, whole, number, spec)]
    return Trace(events, points=whole.points, subject=whole.subject, settings=whole.settings)


def closing(whole: Trace) -> str:
    """The end of all sockets, so that nothing of one copy is left for the next."""
    made = [(call.who, call.sock) for call in whole.of(Socket)] + [(call.who, call.new) for call in whole.of(Accept)]
    return "\n".join(f"{who}  close({sock}) = 0" for who, sock in made if sock)


def copy(events: list[Event], whole: Trace, number: int, spec: str) -> Iterator[Event]:
    accepted = number * len(whole.of(Accept, who=whole.subject, error=""))
    later = number * (events[-1].at_ns - events[0].at_ns + GAP_NS)
    rename = partial(renamed, number=number, accepted=accepted, first_port=1 if spec == "kernel" else FIRST_OWN_PORT)
    for event in events:
        changed = {field.name: rename(field.name, getattr(event, field.name)) for field in fields(event)}
        if isinstance(event, Fact) and event.name in NUMBERED:
            changed["text"] = re.sub(r"^\d+", lambda found: str(int(found[0]) + accepted), event.text)
        yield replace(event, **{**changed, "at_ns": event.at_ns + later})


def renamed(field: str, value: Any, *, number: int, accepted: int, first_port: int) -> Any:
    def port(value: int) -> int:
        return value + number * 100_000 if value >= first_port and value != DNS else value

    def name(found: re.Match[str]) -> str:
        what, count, colon, at, host = found.groups()
        if what:
            return f"{what}{int(count) + (accepted if what == 'accepted' else number * 10)}"
        return f":{port(int(at))}" if colon else f"{host}{number}"

    if field in ("sport", "dport"):
        return port(value)
    return NAMES.sub(name, value) if isinstance(value, str) else value


def steps(clause: Clause, trace: Trace) -> int:
    """The lines of Python that it takes to judge."""
    count = 0

    def step(_frame: object, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        judge_clause(clause, trace)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("spec", SPECS)
def test_each_clause_takes_steps_in_proportion_to_the_trace(spec: str) -> None:
    obeys = {golden.clause: golden for of, golden in GOLDENS if of == spec and golden.kind == "obeys"}
    counts = {
        id: [steps(CLAUSES[spec][id], copies(golden, count, spec)) for count in (FEW, MANY)]
        for id, golden in obeys.items()
    }
    assert list(counts) == list(CLAUSES[spec])
    assert {id: (few, many) for id, (few, many) in counts.items() if many > few * MANY // FEW + CONSTANT} == {}
