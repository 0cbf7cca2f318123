"""Lays text out for a terminal: colour if the caller wants it, columns that keep to a width."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from harness.plain import one_line

CODES = {
    "pass": "32",
    "fail": "1;31",
    "inconclusive": "33",
    "not_applicable": "2",
    "dim": "2",
    "bold": "1",
    "none": "0",
}


class Paint:
    """Wraps text in ANSI colour, or leaves it alone: `Paint(True)("fail", "text")`."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{CODES[style]}m{text}\x1b[0m" if self._color and text else text


def cells(text: str) -> int:
    """How many columns of a terminal the text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def fit(text: str, width: int) -> str:
    """One harmless line of exactly `width` columns, padded or cut with an ellipsis."""
    line = one_line(text)
    if cells(line) > width:
        while line and cells(line) > width - 1:
            line = line[:-1]
        line += "…"
    return line + " " * (width - cells(line))


def paragraph(text: str, width: int, indent: str, first: str | None = None) -> list[str]:
    """`text` wrapped at `width`, every line indented, the first by `first` if given."""
    start = indent if first is None else first
    form = textwrap.TextWrapper(width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)
    return form.wrap(one_line(text)) or [start.rstrip()]


def listing(label: str, items: Sequence[str], width: int) -> list[str]:
    """A labelled list that wraps under its label: `never applicable   T9-13, T9-24`."""
    return paragraph(", ".join(items), width, " " * 20, f"{label:<20}") if items else []


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
