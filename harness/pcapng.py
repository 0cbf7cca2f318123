"""Writes the frames of a case as a pcapng file that Wireshark opens with names, nanoseconds and comments.

Blocks as in draft-ietf-opsawg-pcapng: one section header, one interface description per port of the wire, one enhanced
packet per frame. The capture is what a person would have taken on the subject's own host: a frame that left it stands
at the time it left, a frame that reached it at the time it arrived, so that TCP analysis sees every segment once. A
frame that never reached it, or passed between two others, stands on its sender's port.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from harness.events import Event, Packet
from harness.plain import plain
from harness.result import Judgement

SECTION_HEADER, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
ETHERNET = 1
COMMENT, IF_NAME, IF_TSRESOL, EPB_FLAGS = 1, 2, 9, 2
NANOSECONDS = 9
INBOUND, OUTBOUND = 1, 2
LONGEST_COMMENT = 4096


Comments = Mapping[int, Sequence[str]]


class Seen(Protocol):
    """What `netns.log.Sighting` offers; times are CLOCK_REALTIME nanoseconds, `raw` starts at the Ethernet header."""

    @property
    def at_ns(self) -> int: ...
    @property
    def phase(self) -> str: ...
    @property
    def frame(self) -> int: ...
    @property
    def sender(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def medium(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


def write(target: Path, sightings: Iterable[Seen], comments: Comments | None = None, viewpoint: str = "client") -> Path:
    """Write `dump` of the same arguments to `target`, and return it."""
    target.write_bytes(dump(sightings, comments, viewpoint))
    return target


def dump(sightings: Iterable[Seen], comments: Comments | None = None, viewpoint: str = "client") -> bytes:
    """The file's bytes. `comments` are by the lab's frame number; an empty `viewpoint` writes every sighting."""
    chosen = _chosen(sorted(sightings, key=lambda seen: seen.at_ns), viewpoint)
    ports = {port: number for number, port in enumerate(dict.fromkeys(_port(seen) for seen in chosen))}
    blocks = [_section_header(), *(_interface(port) for port in ports)]
    for seen in chosen:
        said = [*_fate(seen), *(comments or {}).get(seen.frame, ())]
        blocks.append(_packet(ports[_port(seen)], seen, said))
    return b"".join(blocks)


def clause_comments(clauses: Iterable[Judgement], events: Sequence[Event]) -> dict[int, list[str]]:
    """The verdicts that rest on each frame: `{3: ["T9-11 fail: connected was announced before the SYN-ACK"]}`."""
    comments: dict[int, list[str]] = {}
    for clause in clauses:
        rested_on = [events[number] for number in clause.evidence]
        for frame in dict.fromkeys(event.frame for event in rested_on if isinstance(event, Packet)):
            comments.setdefault(frame, []).append(f"{clause.id} {clause.outcome}: {clause.reason or clause.says}")
    return comments


def _chosen(ordered: list[Seen], viewpoint: str) -> list[Seen]:
    """The sighting of each frame that the viewpoint asks for: its loss, its arrival there, else its departure."""
    if not viewpoint:
        return ordered
    lost = {(seen.frame, seen.medium) for seen in ordered if seen.phase == "dropped"}
    sent = {(seen.frame, seen.medium) for seen in ordered if seen.phase == "sent"}
    came = {(seen.frame, seen.medium) for seen in ordered if seen.phase == "arrived" and seen.receiver == viewpoint}

    def wanted(seen: Seen) -> bool:
        key = (seen.frame, seen.medium)
        if seen.phase == "dropped":
            return True
        if seen.phase == "arrived":
            return seen.receiver == viewpoint or key not in sent
        return key not in lost and key not in came

    return [seen for seen in ordered if wanted(seen)]


def _port(seen: Seen) -> str:
    host = seen.receiver if seen.phase == "arrived" else seen.sender
    return host if seen.medium == "wire" else f"{seen.medium}:{host}"


def _fate(seen: Seen) -> list[str]:
    lost = ["lost on the wire"] if seen.phase == "dropped" else []
    return [*lost, *seen.tags]


def _section_header() -> bytes:
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(SECTION_HEADER, body)


def _interface(name: str) -> bytes:
    options = _option(IF_NAME, name.encode()) + _option(IF_TSRESOL, bytes([NANOSECONDS])) + _option(0, b"")
    return _block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, 0) + options)


def _packet(interface: int, seen: Seen, comments: Sequence[str]) -> bytes:
    direction = INBOUND if seen.phase == "arrived" else OUTBOUND
    options = [_option(COMMENT, _text(comment)) for comment in comments]
    options += [_option(EPB_FLAGS, struct.pack("<I", direction)), _option(0, b"")]
    high, low = divmod(seen.at_ns, 1 << 32)
    head = struct.pack("<IIIII", interface, high, low, len(seen.raw), len(seen.raw))
    return _block(ENHANCED_PACKET, head + _padded(seen.raw) + b"".join(options))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _text(comment: str) -> bytes:
    """UTF-8 of bounded length, cut between characters."""
    return plain(comment).encode()[:LONGEST_COMMENT].decode(errors="ignore").encode()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
