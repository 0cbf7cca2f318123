"""How a packet is spelled: `client:40000 > server:9  PA 5 "hello" seq=1 ack=1 win=502  [injected]`.

`>` leaves its sender, `>>` arrives at its receiver, `x` is lost between. Ports, numbers and tags may be left out.
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness import events as ev
from harness.forms import STRING, Form, text, undash

PHASES = {">": "sent", ">>": "arrived", "x": "dropped"}
_ARROWS = {phase: arrow for arrow, phase in PHASES.items()}
_NAME = r"[^\s:\[\]]+|\[[^\]\s]+\]"
_NUMBERS = {"sport": "sport", "dport": "dport", "seq": "seq", "ack": "ack", "win": "window"}
_AWKWARD = re.compile(r'\d+(?: |$)|.*["=\[\]]')

_PACKET = (
    rf"(?P<src>{_NAME})(?::(?P<sport>\d+))? ",
    r"(?P<phase>>>?|x) ",
    rf"(?P<dst>{_NAME})(?::(?P<dport>\d+))? ",
    r" ?(?P<head>[^\s\"]+)",
    rf"(?: (?P<size>\d+)(?= |$))?(?: (?P<data>{STRING}))?",
    r"(?: (?P<info>[^\"=\[\] ][^\"=\[\]]*?))??",
    rf"(?: info=(?P<quoted>{STRING}))?",
    r"(?: seq=(?P<seq>-?\d+))?(?: ack=(?P<ack>-?\d+))?(?: win=(?P<win>\d+))?",
    r"(?: family=(?P<family>\w+))?(?: frame=(?P<frame>\d+))?",
    r"(?:  ?\[(?P<tags>[^\]]*)\])?",
)


def read_packet(found: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Packet from the groups of its pattern, which name a few things more briefly."""
    head, tags, quoted = found.pop("head"), found.pop("tags", ""), found.pop("quoted", "")
    tcp = re.fullmatch(r"[A-Z]+|-", head) is not None
    named = {"proto": "tcp", "flags": undash(head)} if tcp else {"proto": head}
    numbers = {name: int(found.pop(short)) for short, name in _NUMBERS.items() if short in found}
    ends = {name: found.pop(name).strip("[]") for name in ("src", "dst")}
    info = {"info": quoted} if quoted else {}
    return {**found, **named, **numbers, **ends, **info, "phase": PHASES[found["phase"]], "tags": _tags(tags)}


def _tags(spelled: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in spelled.split(",") if tag.strip())


def _end_point(name: str, port: int) -> str:
    return (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")


def _write_packet(packet: ev.Packet) -> str:
    head = packet.flags or "-" if packet.proto == "tcp" else packet.proto
    size = f" {packet.size}" if packet.size else ""
    data = f" {json.dumps(packet.data)}" if packet.data else ""
    values = {"seq": packet.seq, "ack": packet.ack, "win": packet.window}
    numbers = "".join(f" {name}={value}" for name, value in values.items() if value)
    family = f" family={packet.family}" if packet.family != "ipv4" else ""
    frame = f" frame={packet.frame}" if packet.frame else ""
    tags = f"  [{', '.join(packet.tags)}]" if packet.tags else ""
    ends = f"{_end_point(packet.src, packet.sport)} {_ARROWS[packet.phase]} {_end_point(packet.dst, packet.dport)}"
    return f"{ends}  {head}{size}{data}{_info(packet.info)}{numbers}{family}{frame}{tags}"


def _info(info: str) -> str:
    if not info:
        return ""
    plain = text(info) == info and not _AWKWARD.match(info)
    return f" {info}" if plain else f" info={json.dumps(info)}"


WIRE: tuple[Form, ...] = (
    Form(ev.Packet, _PACKET, _write_packet, 'client:40000 > server:9  PA 5 "hello" seq=1 ack=1 win=502  [injected]'),
)
