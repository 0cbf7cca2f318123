"""Lines out of bytes, however they were cut on their way, and fit to be shown on anybody's terminal.

A line ends with LF or CRLF. What comes from one terminal is shown on all others, so no control character passes: an
escape sequence could retitle, recolour or even type into the terminal of whoever reads it. C0 controls are shown as the
pictures that Unicode has for them; C1 controls, directional overrides and bytes that are no UTF-8 as U+FFFD.
"""

from __future__ import annotations

import re

LONGEST = 1024
"""A line may have so many bytes, not counting its end."""

_PLAIN = re.compile(rb"[ -~]*")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_OVERRIDES = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029, 0x200E, 0x200F, 0x061C)
"""They reorder what stands around them, or end a line that LF did not (Unicode Standard Annex 9)."""

_SHOWN: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x09: " ",
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys((*range(0x80, 0xA0), *_OVERRIDES), _REPLACEMENT),
}


def clean(line: bytes) -> bytes:
    """The line as it may be shown: what is plain ASCII stays the very same object."""
    if _PLAIN.fullmatch(line):
        return line
    return line.decode("utf-8", "replace").translate(_SHOWN).encode()


class Splitter:
    """Whole lines out of pieces. Holds half a line at most, and never much more than `longest` bytes of it."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends; of one that `is_too_long` the end may be missing."""
        lines = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = lines.pop()[: self._longest + 2]  # one for the CR that is no part of it, one to show the excess
        return [line.removesuffix(b"\r") for line in lines]

    def is_too_long(self, line: bytes) -> bool:
        return len(line) > self._longest

    def rest(self) -> bytes:
        """The last line, if its end never came."""
        rest, self._rest = self._rest, b""
        return rest
