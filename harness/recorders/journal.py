"""What a program says of itself, from the JSON lines that it wrote: state transitions, callbacks, facts.

    {"at_ns": 1, "event": "state", "old": "idle", "new": "connecting"}
    {"at_ns": 1, "event": "callback", "name": "connectionEstablished", "args": ""}
    {"at_ns": 1, "event": "fact", "name": "local", "text": "10.0.0.1:40000"}

The program is not to be trusted: a line that is not one of these is told as a stray, and the journal counts as cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from harness.events import Callback, Event, Fact, State
from harness.recorders.recorded import Recorded

MOST_STRAY = 200
_WORD = re.compile(r'[^\s,()"]{1,100}')
_FIELDS: dict[str, tuple[type[Event], tuple[str, ...], tuple[str, ...]]] = {
    "state": (State, ("old", "new"), ()),
    "callback": (Callback, ("name",), ("args",)),
    "fact": (Fact, ("name",), ("text",)),
}
"""The class of each kind of line, its fields that are words, and those that are any text."""


def parse(raw: bytes, *, who: str) -> Recorded:
    """The events of one journal, in the order of their times and, where those are equal, of their lines."""
    *whole, tail = raw.split(b"\n")
    events: list[Event] = []
    strays = [_shown(tail)] if tail.strip() else []
    for number, line in enumerate(whole, 1):
        if not line.strip():
            continue
        try:
            events.append(_event(json.loads(line), who, f"journal:{number}"))
        except (ValueError, TypeError, KeyError, RecursionError):
            strays.append(_shown(line))
    return Recorded(sorted(events, key=attrgetter("at_ns")), bool(strays), strays)


def _event(said: dict[str, Any], who: str, source: str) -> Event:
    """ValueError, TypeError or KeyError for what is no event."""
    kind, words, texts = _FIELDS[said["event"]]
    fields = {name: _checked(_word, said[name]) for name in words} | {
        name: _checked(_text, said.get(name, "")) for name in texts
    }
    return kind(at_ns=_time(said["at_ns"]), who=who, source=source, **fields)


def _checked(check: Callable[[str], str], value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return check(value)


def _word(value: str) -> str:
    if value and not _WORD.fullmatch(value):
        raise ValueError(value)
    return _text(value)


def _text(value: str) -> str:
    """Half a surrogate pair is lawful in JSON, but could not be written again."""
    return value.encode("utf-8", "backslashreplace").decode()


def _time(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(value)
    return value


def _shown(line: bytes) -> str:
    return line[:MOST_STRAY].decode("utf-8", "backslashreplace")
