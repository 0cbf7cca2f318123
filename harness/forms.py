"""A form: how one kind of event is spelled, as a pattern to read it by and a function to write it.

A pattern comes in pieces, so that a misspelt line can be pointed at where it stops to make sense. Names in a pattern
are the fields of the class; `_READ` says how the text of a field becomes its value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness import events as ev

STRING = r'"(?:[^"\\]|\\.)*"'
WORD = r"[^\s,()\"]+"
TEXT = rf"(?:{STRING}|[^\"\s](?:[^\"]*[^\"\s])?)"
ERRNO = r"[A-Z][A-Z0-9_]*"
RESULT = rf"(?:0|-1 (?P<error>{ERRNO}))"
PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")


@dataclass(frozen=True, slots=True)
class Form:
    """The spelling of one class: `pieces` make the pattern, `write` the text, `example` shows people how it goes."""

    kind: type[ev.Event]
    pieces: tuple[str, ...]
    write: Callable[[Any], str]
    example: str

    def read(self, body: str) -> dict[str, Any] | int:
        """The fields of the event that `body` spells, or the column (from 0) up to which it makes sense."""
        if found := re.fullmatch("".join(self.pieces), body):
            return {name: _value(name, text) for name, text in found.groupdict().items() if text is not None}
        prefixes = (re.match("".join(self.pieces[:count]), body) for count in range(len(self.pieces) - 1, 0, -1))
        return next((prefix.end() for prefix in prefixes if prefix), 0)


def text(value: str) -> str:
    """Free text as it stands if that is safe in a line, else quoted."""
    safe = PLAIN.fullmatch(value) and not {'"', "#"} & set(value) and ") = " not in value
    return value if safe else json.dumps(value)


def _value(name: str, spelled: str) -> Any:
    return _READ.get(name, _unquoted)(spelled)


def _unquoted(spelled: str) -> str:
    value: str = json.loads(spelled) if spelled.startswith('"') else spelled
    return value


def undash(spelled: str) -> str:
    return "" if spelled == "-" else spelled


def _count(spelled: str) -> int | None:
    return None if spelled == "?" else int(spelled)


_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("backlog", "size", "result", "timeout_ms", "rule", "frame", "rose", "status"), int),
    **dict.fromkeys(("old", "new", "local", "remote"), undash),
    "nonblocking": bool,
    "by_exit": bool,
    "on": lambda spelled: spelled == "on",
    "count": _count,
}
