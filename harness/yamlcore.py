"""The core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3): what a plain scalar means.

A number with a leading zero stays text, because people read it in two ways.
"""

from __future__ import annotations

import re
from typing import Any

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(?=\.?[0-9])(?:0|[1-9][0-9]{0,17})?(?:\.[0-9]{0,18})?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


def core(text: str) -> Any:
    """What a plain scalar means in the core schema: None, a bool, an int, a float, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _as_written(int(text), text)
    if _BASED.fullmatch(text):
        return _as_written(int(text, 0), text)
    return _as_written(float(text), text) if _FLOAT.fullmatch(text) else text


class WrittenInt(int):
    """A whole number that was written in another way than Python writes it, such as `+1000` or `0x1f`."""

    text: str


class WrittenFloat(float):
    """The same for any other number, such as `1.10`."""

    text: str


def _as_written(number: float, text: str) -> float:
    if str(number) == text:
        return number
    written = WrittenInt(number) if isinstance(number, int) else WrittenFloat(number)
    written.text = text
    return written
