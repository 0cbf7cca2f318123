"""Golden traces: for each clause one that obeys it, one that breaks it, one to which it does not apply.

    # T9-07
    == obeys: one reading, and it decides
    client  socket(inet, stream, nonblock) = sock1
    ...
    == breaks: a second reading says that all is well
    settings poller=poll
    ...
    == not applicable: connect() failed at once

A section may begin with `settings NAME=VALUE ...`, where `subject=server` says whose program is judged, and with
`points POINT ...` for what was watched; otherwise the points are those that its events come from. The files are in
`harness/goldens/SPEC/`, one a clause; whoever wants them reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from harness.errors import InputError, Problem
from harness.events import POINTS, Point
from harness.notation import parse
from harness.trace import Trace
from harness.verdict import Outcome

Kind = Literal["obeys", "breaks", "not applicable"]

KINDS: tuple[Kind, ...] = get_args(Kind)

OUTCOME: dict[Kind, Outcome] = {"obeys": "pass", "breaks": "fail", "not applicable": "not_applicable"}
"""What the clause must say of each."""

_HEAD = re.compile(r"== (?P<kind>[a-z ]+?)(?:: (?P<title>.*))?")


@dataclass(frozen=True, slots=True)
class Golden:
    """One section: `text` is its events as written, `line` where it begins in `file`."""

    clause: str
    kind: Kind
    title: str
    text: str
    trace: Trace
    file: str
    line: int


def read_goldens(text: str, clause: str, file: str) -> tuple[Golden, ...]:
    """The sections of one file; InputError if one of them is none of the three kinds, or is misspelt."""
    return tuple(_golden(section, first_line, clause, file) for first_line, section in _sections(text, file))


def _sections(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Each section with the number of its first line; a comment may stand before the first."""
    lines = text.split("\n")
    heads = [place for place, line in enumerate(lines) if line.startswith("==")]
    for line in lines[: heads[0] if heads else len(lines)]:
        if line.strip() and not line.lstrip().startswith("#"):
            raise InputError(
                [Problem(file, lines.index(line) + 1, 1, "this stands in no section", "begin one with `== obeys`")]
            )
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        yield start + 1, lines[start:end]


def _golden(lines: list[str], first_line: int, clause: str, file: str) -> Golden:
    head = _HEAD.fullmatch(lines[0].rstrip())
    if head is None or head["kind"] not in KINDS:
        raise InputError(
            [Problem(file, first_line, 1, "no kind of golden trace", f"write `== {' | '.join(KINDS)}`", lines[0])]
        )
    told = {word: rest.split() for line in lines[1:] for word, _, rest in [line.partition(" ")] if word in _SAYS}
    body = "\n".join("" if line.partition(" ")[0] in _SAYS else line for line in lines[1:])
    settings = dict(pair.split("=", 1) for pair in told.get("settings", []))
    subject = settings.get("subject", "client")
    events = parse(body, subject=subject, file=file, first_line=first_line + 1)
    points = [point for point in told.get("points", []) if point in POINTS] or {event.point for event in events}
    trace = Trace(events, points=cast("list[Point]", list(points)), subject=subject, settings=settings)
    return Golden(clause, cast(Kind, head["kind"]), head["title"] or "", body.strip("\n"), trace, file, first_line)


_SAYS = ("settings", "points")
