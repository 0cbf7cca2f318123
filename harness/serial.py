"""Events as lines of JSON, the form of trace.jsonl: one object a line, `kind` first, fields at their default left out.

{"kind":"Connect","at_ns":1700000000000000000,"who":"client","sock":"sock1","error":"EINPROGRESS",...}
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_

from msgspec.json import Decoder, Encoder

from harness.events import KINDS, Event

_encoder = Encoder()


def dump_all(events: Iterable[Event]) -> bytes:
    """All lines, each with its line end."""
    return _encoder.encode_lines(events)


def load_all(lines: bytes) -> list[Event]:
    """The events of a whole trace.jsonl; blank lines are skipped.

    ValueError for an unknown kind, for a field of another type, and for no JSON.
    """
    return _decoder().decode_lines(lines)


@cache
def _decoder() -> Decoder[Event]:
    """Made when it is first needed: who only writes does without it."""
    return Decoder(reduce(or_, KINDS.values()))
