"""A trace as text that a person can read and write: one event a line, as time, lane and body.

    0.000000  client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
    0.000051  wire    client > server  S
    0.000190  journal state connecting -> error

The time is in seconds since the trace began; a line without one comes a microsecond after the line above. The lane is
a program (`client`; `client+2` is its second process or thread), `wire`, `kernel`, `lab`, `journal` for what the
subject says of itself, or `server/journal` for what another program says. `#` begins a comment, outside of quotes.
What a body looks like is in `harness.spelling`. Reading back what was written gives the same events, except for
`source`, `pid` and `until_ns`, which have no spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from harness.errors import InputError, Problem
from harness.events import Call, Event, Packet
from harness.forms import STRING, Form
from harness.packetline import WIRE, read_packet
from harness.spelling import CALLS, JOURNAL, KERNEL, LAB, WRITE

STEP_NS = 1_000

_LINE = re.compile(r"\s*(?:(?P<time>\d+(?:\.\d{1,9})?)\s+)?(?P<lane>[^\s+]+)(?:\+(?P<thread>\d+))?(?:\s+|$)")
_CODE = re.compile(rf"(?:{STRING}|[^\"#]|\"(?=[^\"]*$))*?(?=\s*(?:#|$))")
_KEYWORD = re.compile(r"(\w+)\b")

_TABLES: dict[str, tuple[Form, ...]] = {"wire": WIRE, "kernel": KERNEL, "lab": LAB}
_LANES = {
    form.kind: lane for lane, table in {**_TABLES, "journal": JOURNAL, "": CALLS}.items() for form in table
}  # fmt: skip
"""The lane of each kind of event; empty for what stands in the lane of the program that did it."""


class Line(NamedTuple):
    """One line taken apart: where its body starts (column from 0), whose lane it is, and which thread."""

    at_ns: int
    lane: str
    thread: int
    body: str
    column: int


def parse(text: str, *, subject: str = "client", file: str = "trace.txt", first_line: int = 1) -> tuple[Event, ...]:
    """The events of a text; InputError with every mistake found in it, each at its line and column."""
    events: list[Event] = []
    problems: list[Problem] = []
    now_ns = -STEP_NS
    for number, raw in enumerate(text.split("\n"), first_line):
        code = _code(raw)
        if not code.strip():
            continue
        line = _take_apart(code, now_ns + STEP_NS)
        now_ns = line.at_ns
        read = _event(line, subject)
        if isinstance(read, Event):
            events.append(read)
        else:
            column, message, hint = read
            problems.append(Problem(file, number, column + 1, message, hint, raw))
    if problems:
        raise InputError(problems)
    return tuple(events)


def format(events: Iterable[Event], *, subject: str = "client") -> str:
    """All events, one a line, with times counted from the first."""
    return "".join(f"{line}\n" for line in lines(events, subject=subject))


def lines(events: Iterable[Event], *, subject: str = "client") -> Iterator[str]:
    """The lines of a trace. A thread other than the first that was seen of its program is numbered from 2."""
    start_ns: int | None = None
    for event, lane in with_lanes(events, subject=subject):
        start_ns = event.at_ns if start_ns is None else start_ns
        yield f"{_time(event.at_ns - start_ns)}  {lane:<7} {body(event)}"


def with_lanes(events: Iterable[Event], *, subject: str = "client") -> Iterator[tuple[Event, str]]:
    """Each event with the lane that it is written in: `client+2` is another thread of `client` than was seen first."""
    threads: dict[tuple[str, int], int] = {}
    seen: dict[str, int] = {}
    for event in events:
        thread = 1
        if isinstance(event, Call):
            if (event.who, event.pid) not in threads:
                seen[event.who] = seen.get(event.who, 0) + 1
                threads[event.who, event.pid] = seen[event.who]
            thread = threads[event.who, event.pid]
        lane = lane_of(event, subject)
        yield event, f"{lane}+{thread}" if thread > 1 else lane


def body(event: Event) -> str:
    """What happened, without when and where: `connect(sock1, 10.0.0.2:9) = EINPROGRESS`."""
    return WRITE[type(event)](event)


def lane_of(event: Event, subject: str = "client") -> str:
    """The lane that an event is written in."""
    lane = _LANES[type(event)]
    if lane == "journal":
        return lane if event.who == subject else f"{event.who}/{lane}"
    return lane or event.who


def _time(elapsed_ns: int) -> str:
    seconds, rest = divmod(max(0, elapsed_ns), 1_000_000_000)
    return f"{seconds}.{rest:09d}" if rest % 1_000 else f"{seconds}.{rest // 1_000:06d}"


def _code(raw: str) -> str:
    """The line without its comment."""
    if "#" not in raw:
        return raw.rstrip()
    found = _CODE.match(raw)
    return found.group() if found else raw


def _take_apart(code: str, default_ns: int) -> Line:
    found = _LINE.match(code)
    if found is None:
        return Line(default_ns, "", 0, code, 0)
    at_ns = _nanoseconds(found["time"]) if found["time"] else default_ns
    return Line(at_ns, found["lane"], int(found["thread"] or 0), code[found.end() :], found.end())


def _nanoseconds(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def _event(line: Line, subject: str) -> Event | tuple[int, str, str]:
    """The event of a line, or column, message and hint of what is wrong with it."""
    if not line.body:
        return line.column, "nothing happens in this line", "write a time, a lane and what happened"
    who, journal, _ = line.lane.partition("/journal")
    if line.lane == "journal":
        return _read(line, JOURNAL, subject)
    if journal:
        return _read(line, JOURNAL, who)
    if table := _TABLES.get(line.lane):
        return _read(line, table, line.lane)
    return _read(line, CALLS, line.lane)


def _read(line: Line, table: tuple[Form, ...], who: str) -> Event | tuple[int, str, str]:
    best: tuple[int, Form] | None = None
    for form in table:
        read = form.read(line.body)
        if isinstance(read, dict):
            return _make(form, read, line, who)
        if read and (best is None or read > best[0]):
            best = (read, form)
    if best is None:
        return line.column, _unknown(line, table), f"known are {', '.join(sorted(_keyword(form) for form in table))}"
    return line.column + best[0], f"this is not how {best[1].kind.__name__} is written", f"as in: {best[1].example}"


def _make(form: Form, fields: dict[str, Any], line: Line, who: str) -> Event:
    if form.kind is Packet:
        fields = read_packet(fields)
    if line.thread and issubclass(form.kind, Call):
        fields["pid"] = line.thread
    return form.kind(**{"at_ns": line.at_ns, "who": who, **fields})


def _unknown(line: Line, table: tuple[Form, ...]) -> str:
    word = _KEYWORD.match(line.body)
    return f"nothing that happens in lane `{line.lane}` begins with `{word[1] if word else line.body.split()[0]}`"


def _keyword(form: Form) -> str:
    found = _KEYWORD.match(form.example)
    return found[1] if found else form.example
