"""Gives each lane of the diagram the width that its words need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.events import Event, Packet
from reports.drawing.lanes import ORDER, Drawn

WIDTH = 1204
TIME_WIDTH = 78
LEAST = {
    "program": 120, "calls": 262, "ready": 88, "tcp": 106, "wire": 190, "peer_tcp": 106, "peer": 112, "lab": 96,
}  # fmt: skip
MOST = {
    "program": 210, "calls": 320, "ready": 130, "tcp": 116, "wire": 290, "peer_tcp": 116, "peer": 260, "lab": 180,
}  # fmt: skip
CHARACTER = {"calls": 6.7, "ready": 6.9}
ANY_CHARACTER = 6.6
INDENT = 26
HOUSEKEEPING = ("arp", "nd", "mld")
"""Packets whose words may be cut: nobody looks at the diagram for them."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A column from `x` to `end`; both are whole numbers."""

    name: str
    x: int
    width: int

    @property
    def end(self) -> int:
        return self.x + self.width

    def room(self, indent: float) -> int:
        """How many characters fit into the lane behind an indent."""
        return int((self.width - indent - 6) / CHARACTER.get(self.name, ANY_CHARACTER))


def lanes(drawn: Sequence[Drawn]) -> dict[str, Lane]:
    """The lanes that have something to show, side by side over the whole width; the wire is always there."""
    wanted = _wanted(drawn)
    names = [name for name in ORDER if name in wanted]
    widths = _fitted({name: wanted[name] for name in names}, WIDTH - TIME_WIDTH)
    found: dict[str, Lane] = {}
    x = TIME_WIDTH
    for name in names:
        width = WIDTH - x if name == names[-1] else widths[name]
        found[name] = Lane(name, x, width)
        x += width
    return found


def _wanted(drawn: Sequence[Drawn]) -> dict[str, int]:
    longest = {"wire": 0, "calls": 0}
    for one in drawn:
        if len(one.label) > longest.setdefault(one.lane, 0) and not _is_housekeeping(one.event):
            longest[one.lane] = len(one.label)
    return {
        name: min(max(int(length * CHARACTER.get(name, ANY_CHARACTER)) + INDENT, LEAST[name]), MOST[name])
        for name, length in longest.items()
    }


def _is_housekeeping(event: Event) -> bool:
    return isinstance(event, Packet) and event.proto in HOUSEKEEPING


def _fitted(wanted: dict[str, int], room: int) -> dict[str, int]:
    """Too little room is taken from what exceeds the least; too much is shared by those that can use it."""
    missing = sum(wanted.values()) - room
    if missing <= 0:
        share = -missing // len(wanted)
        return {name: width + share for name, width in wanted.items()}
    spare = {name: width - LEAST[name] for name, width in wanted.items()}
    whole = max(sum(spare.values()), 1)
    return {name: width - missing * spare[name] // whole for name, width in wanted.items()}
