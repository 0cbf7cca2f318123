"""Events as lines of JSON, the form of trace.jsonl: one object a line, `kind` first, fields at their default left out.

{"kind":"Connect","at_ns":1700000000000000000,"who":"client","sock":"sock1","error":"EINPROGRESS",...}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from json.encoder import encode_basestring_ascii as _quote
from operator import attrgetter
from typing import Any

from harness.events import KINDS, Event

Shape = tuple[tuple[str, ...], tuple[object, ...], Callable[[Event], tuple[object, ...]]]

_decode = json.JSONDecoder().decode


def dump(event: Event) -> str:
    """One line, without its line end."""
    keys, defaults, read = _SHAPES[type(event)]
    parts = [f'{{"kind":"{type(event).__name__}"']
    for key, default, value in zip(keys, defaults, read(event), strict=True):
        if value != default:
            parts.append(f"{key}{_quote(value) if isinstance(value, str) else _plain(value)}")
    return ",".join(parts) + "}"


def _plain(value: object) -> str:
    return str(value) if type(value) is int else json.dumps(value)


def load(line: str) -> Event:
    """The event of one line. KeyError for an unknown kind, TypeError for an unknown field, ValueError for no JSON."""
    return _event(_decode(line))


def _event(data: dict[str, Any]) -> Event:
    kind = KINDS[data.pop("kind")]
    if "tags" in data:
        data["tags"] = tuple(data["tags"])
    return kind(**data)


def dump_all(events: Iterable[Event]) -> str:
    return "".join(dump(event) + "\n" for event in events)


def load_all(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a file or of a list of lines; blank lines are skipped. All are decoded at once: it is quicker."""
    return map(_event, _decode(f"[{','.join(line for line in lines if line.strip())}]"))


def _shape(kind: type[Event]) -> Shape:
    """The keys as they stand in the line, the default of each field, and a reader of all fields at once."""
    names = [field.name for field in fields(kind)]
    defaults = tuple(None if field.default is MISSING else field.default for field in fields(kind))
    return tuple(f'"{name}":' for name in names), defaults, attrgetter(*names)


_SHAPES: dict[type[Event], Shape] = {kind: _shape(kind) for kind in KINDS.values()}
