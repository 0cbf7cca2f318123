"""Joins the sightings of a packet into the arrows of a diagram: where each leaves, where it ends, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.events import Packet
from reports.drawing.lanes import Drawn

End = Literal["arrived", "lost", "held"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One crossing: `start` is None for a packet that the lab injected, `end` None for one that never got anywhere."""

    packet: Packet
    label: str
    start: Drawn | None
    end: Drawn | None
    fate: End
    style: str


def arrows(drawn: Iterable[Drawn]) -> list[Arrow]:
    """In the order in which they ended, those that never did last; a duplicate starts where its original left."""
    sent: dict[object, Drawn] = {}
    ended: set[object] = set()
    found: list[Arrow] = []
    for one in drawn:
        if not isinstance(one.event, Packet):
            continue
        key = _key(one.event)
        if one.event.phase == "sent":
            sent[key] = one
            ended.discard(key)
        else:
            ended.add(key)
            found.append(_arrow(sent.get(key), one, "lost" if one.event.phase == "dropped" else "arrived"))
    return found + [_arrow(one, None, "held") for key, one in sent.items() if key not in ended]


def style_of(packet: Packet) -> str:
    """`rst`, `syn`, `fin`, `data`, `ack` for TCP, `other` for everything else."""
    if packet.proto != "tcp":
        return "other"
    for letter, style in (("R", "rst"), ("S", "syn"), ("F", "fin")):
        if letter in packet.flags:
            return style
    return "data" if packet.size else "ack"


def _arrow(start: Drawn | None, end: Drawn | None, fate: End) -> Arrow:
    known = start or end
    assert known is not None
    assert isinstance(known.event, Packet)
    return Arrow(known.event, known.label, start, end, fate, style_of(known.event))


def _key(packet: Packet) -> object:
    """The frame's number; for traces written by hand, which have none, what the packet looks like."""
    if packet.frame:
        return packet.frame
    return packet.src, packet.dst, packet.sport, packet.dport, packet.proto, packet.flags, packet.seq, packet.info
