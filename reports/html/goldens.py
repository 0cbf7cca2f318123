"""Reads golden traces for showing: their words are cut out of the file, and nothing is parsed or judged."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_HEAD = re.compile(r"^== ([a-z ]+?)(?:: (.*))?$", re.MULTILINE)


class Golden(NamedTuple):
    """One trace of a clause: `obeys`, `breaks` or `not applicable`, what it is about, and its text."""

    kind: str
    title: str
    text: str


@cache
def goldens_of(spec: str, id: str) -> tuple[Golden, ...]:
    """The golden traces that this toylab has of a clause; none of a clause that it does not know."""
    if not (spec.isidentifier() and id.replace("-", "").isalnum()):
        return ()
    file = files("harness") / "goldens" / spec / f"{id}.txt"
    if not file.is_file():
        return ()
    _, *parts = _HEAD.split(file.read_text(encoding="utf-8"))
    threes = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return tuple(Golden(kind, title or "", text.strip("\n")) for kind, title, text in threes)
