"""One case: a scenario with one choice of its matrix, everything resolved, light enough to load without a validator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from netns.plan import Plan, address_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program on host `on`. `argv[0]` names a toy of ours (`toy9`) or an executable; placeholders are filled in."""

    on: str
    argv: tuple[str, ...]
    mutant: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    """Resource limits by their name without the prefix, for instance `NOFILE`."""
    starts: str = "before"
    """`before` the subject or `after` it; of the subject itself this says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What the scenario itself asks, beside the clauses.

    An empty field asks nothing; `line` is the file's line of each.
    """

    states: tuple[str, ...] = ()
    error: str = ""
    exit: int | None = None
    stdout: tuple[str, ...] = ()
    received: str | None = None
    """What the peer must have got from the subject, in all, as text."""
    syns: int | None = None
    """How many SYNs left the subject's host for the target."""
    callbacks: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    """Which of several legal outcomes may be seen: `icmp-at-once`, `icmp-while-locked`."""
    silence_before: str = ""
    trace: tuple[str, ...] = ()
    """Lines of the trace that must come in this order, and (`absent`) that must not be in it; `*` is anything."""
    absent: tuple[str, ...] = ()
    witnessed: tuple[str, ...] = ()
    """Lines in this order that only a witness beside the program can see: what a library calls, and signals."""
    always: tuple[str, ...] = ()
    """Lines as in `trace` that another subject is asked for as well."""
    within_ms: int | None = None
    kernels: str = ""
    """The kernels (`6.5 to 6.18`) on which this was measured; on others a difference is inconclusive."""
    clauses: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`id` is `SCENARIO::AXES`. `target` is what the subject connects to, as the subject is told: host text and port.

    `pace` is `lockstep` (the wire delivers the next frame only when every program sleeps) or `free`.
    """

    id: str
    spec: str
    scenario: str
    axes: dict[str, str]
    file: str
    line: int
    why: str
    plan: Plan
    subject: Program
    programs: tuple[Program, ...] = ()
    target_host: str = ""
    target_port: int = 0
    expect: Expect = Expect()
    pace: str = "lockstep"
    ends: str = "subject"
    """Who ends the case by ending: the `subject`, or its `clients`, where it is a server that nobody tells to stop."""
    deadline_ms: int = 10_000
    idle_ms: int = 0
    busy_ms: int = 0
    """The case is over, as at its deadline, when nothing has happened for so long, or when its programs have used so
    much processor time; 0: without such a limit."""
    tags: tuple[str, ...] = ()
    slow: bool = False

    @property
    def serves(self) -> bool:
        """Whether the subject is a server: its own host is what the case's target is."""
        return self.target_host == address_of(self.plan, self.subject.on)


ATOMS = frozenset({str, int, bool, type(None), float})


def to_json(case: Case) -> dict[str, Any]:
    """What `dataclasses.asdict` makes of it, in a fifth of the time: nothing is copied that JSON needs no copy of."""
    made: dict[str, Any] = _plain(case)
    return made


def _plain(value: Any) -> Any:
    kind: type = type(value)
    if kind in ATOMS:
        return value
    if names := _names_of(kind):
        return {name: _plain(getattr(value, name)) for name in names}
    if kind is tuple:
        return tuple(map(_plain, value))
    if kind is dict:
        return {name: _plain(one) for name, one in value.items()}
    return value


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def from_json(data: dict[str, Any]) -> Case:
    """The case from what `to_json` made of it, tuples and nested plans restored by their type hints."""
    restore = _restorer(Case)
    assert restore is not None, "a case is no plain value"
    case: Case = restore(data)
    return case


Restore = Callable[[Any], Any]


@cache
def _restorer(hint: Any) -> Restore | None:
    """What makes a value of this type of what JSON made of it; None if JSON left it as it was."""
    if is_dataclass(hint) and isinstance(hint, type):
        return _of_dataclass(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        item = _restorer(arguments[0])
        return tuple if item is None else lambda value: tuple(map(item, value))
    if origin in (Union, UnionType):
        inner = next((found for found in map(_restorer, arguments) if found), None)
        return inner and (lambda value: None if value is None else inner(value))
    return None


def _of_dataclass(kind: type) -> Restore:
    hints = get_type_hints(kind)
    restorers = {field.name: _restorer(hints[field.name]) for field in fields(kind)}

    def restored(value: dict[str, Any]) -> Any:
        return kind(**{
            name: restore(value[name]) if restore else value[name]
            for name, restore in restorers.items() if name in value
        })  # fmt: skip

    return restored
