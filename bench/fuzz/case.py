"""One input: bytes, where they are cut on their way, and how their sender ends. Written to a file and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ENDINGS = ("fin", "close", "reset")
"""FIN and the answers are read; close() at once, with whatever is unread; RST."""


class Case(NamedTuple):
    """`cuts` are the sizes of the first pieces, the rest is one."""

    data: bytes
    cuts: tuple[int, ...] = ()
    ending: str = "fin"

    def pieces(self) -> Iterator[bytes]:
        rest = self.data
        for size in self.cuts:
            if rest:
                yield rest[:size]
                rest = rest[size:]
        if rest:
            yield rest


def written(cases: Iterable[Case]) -> str:
    """A line of JSON for each; a byte is the character of its number."""
    return "".join(json.dumps([case.data.decode("latin-1"), case.cuts, case.ending]) + "\n" for case in cases)


def read(path: Path) -> list[Case]:
    """OSError or ValueError if there is no such file or nothing of ours in it."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Case(data.encode("latin-1"), tuple(cuts), ending) for data, cuts, ending in rows]
