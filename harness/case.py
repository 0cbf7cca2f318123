"""One case: a scenario with one choice of its matrix, everything resolved, light enough to load without a validator."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from netns.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program on host `on`. `argv[0]` names a toy of ours (`toy9`) or an executable; placeholders are filled in."""

    on: str
    argv: tuple[str, ...]
    mutant: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    """Resource limits by their name without the prefix, for instance `NOFILE`."""


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
    within_ms: int | None = None
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
    deadline_ms: int = 10_000
    tags: tuple[str, ...] = ()
    slow: bool = False


def to_json(case: Case) -> dict[str, Any]:
    return asdict(case)


def from_json(data: dict[str, Any]) -> Case:
    """The case from what `to_json` made of it, tuples and nested plans restored by their type hints."""
    case: Case = _restore(Case, data)
    return case


def _restore(hint: Any, value: Any) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        return hint(**{f.name: _restore(hints[f.name], value[f.name]) for f in fields(hint) if f.name in value})
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and value is not None:
        item = arguments[0]
        return tuple(_restore(item, element) for element in value)
    if origin in (Union, UnionType) and value is not None:
        return _restore(next(a for a in arguments if a is not type(None)), value)
    return value


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]
