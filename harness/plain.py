"""Makes text that came from a subject, a packet or a file harmless to print."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape

_SUSPECT = re.compile(r"[^\n\t -~\u00a0-\u00ac\u00ae-\u05ff]")
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: str) -> str:
    r"""`text` with control, format and unassigned characters spelled out (`\x1b`, `\u202e`); newline and tab stay."""
    if text.isascii() and text.isprintable():  # nearly always, and ten times as fast
        return text
    return _SUSPECT.sub(lambda found: _spelled(found[0]), text)


def one_line(text: str) -> str:
    r"""`plain` text on one line: a newline becomes `\n`, a tab `\t`."""
    if text.isascii() and text.isprintable():
        return text
    return plain(text).replace("\n", "\\n").replace("\t", "\\t")


@lru_cache(maxsize=16384)
def markup(text: str) -> str:
    """`one_line` for an element or an attribute of HTML and SVG; the same words come in every case."""
    return in_ascii(escape(one_line(text)))


def in_ascii(marked_up: str) -> str:
    """HTML or XML with character references for what is not ASCII.

    A page that is all ASCII is joined and encoded in half the time of one with a single character of two bytes.
    """
    return marked_up if marked_up.isascii() else marked_up.encode("ascii", "xmlcharrefreplace").decode()


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the last an ellipsis if anything was left off."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def _spelled(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
