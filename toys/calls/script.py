"""A line into a call: its verb, its words, and how often."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

_LINE = re.compile(r"(?:(?P<times>\d+)x +)?(?P<verb>\S+)(?: +(?P<rest>.*))?", re.DOTALL)


class Mistake(Exception):
    """A line that is no call; its text says what was expected."""


class Shape(Protocol):
    """What is known of a verb: `least` words and at most `most`; the last takes the rest of the line."""

    @property
    def usage(self) -> str: ...
    @property
    def least(self) -> int: ...
    @property
    def most(self) -> int: ...
    @property
    def check(self) -> Callable[[str], object] | None:
        """Raises Mistake for a last word that means nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line, understood."""

    line: str
    verb: str
    words: tuple[str, ...]
    times: int = 1


def read(line: str, verbs: Mapping[str, Shape]) -> Step:
    """Raises Mistake for a verb that does not exist, for too few or too many words, and for those that mean nothing."""
    found = _LINE.fullmatch(line.strip())
    verb = found["verb"] if found else ""
    if found is None or verb not in verbs:
        near = get_close_matches(verb, list(verbs), 1)
        raise Mistake(f"there is no call {verb!r} in {line!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    shape = verbs[verb]
    words = tuple((found["rest"] or "").split(None, max(0, shape.most - 1)))
    if not shape.least <= len(words) <= shape.most:
        raise Mistake(f"{line!r} is not how it is written; it is: {shape.usage}")
    if shape.check is not None:
        shape.check(words[-1])
    return Step(" ".join((verb, *words)), verb, words, int(found["times"] or 1))


def octets(text: str) -> bytes:
    r"""The bytes of a text with its escapes: `a\r\n` is three bytes, other characters are UTF-8."""
    escaped = re.sub(rb"\\(r|n|t|0|\\|x[0-9a-fA-F]{2})", _unescaped, text.encode())
    return bytes(escaped)


_SHORT = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return _SHORT[code] if code in _SHORT else bytes.fromhex(code[1:].decode())
