"""Finds where an event was recorded: the line of strace, the line of the journal, the frame taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.events import Event, Packet
from harness.plain import shortened
from reports import dissect
from reports.frames import frames

LONGEST_LINE = 600
MOST_BYTES = 128
FILES = {"strace.txt": "strace.txt", "journal": "journal.jsonl"}
"""What an event calls its source, and the file of the case that this means."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The raw recordings of a case: lines of files by the name that events use, bytes of frames by their time."""

    subject: str
    lines: Mapping[str, Sequence[str]]
    frames: Mapping[int, bytes]
    numbers: Mapping[int, bytes]

    def of(self, event: Event) -> str:
        """The recording of this event as text, several lines for a frame; empty if it has none of its own."""
        if isinstance(event, Packet):
            frame = self.frames.get(event.at_ns) or self.numbers.get(event.frame)
            return _told(frame) if frame else ""
        name, _, number = event.source.rpartition(":")
        return self._line(name, int(number), event) if number.isdigit() else ""

    def _line(self, name: str, number: int, event: Event) -> str:
        """Only the subject's journal is kept: a line of another program's is not to be had."""
        known = self.lines.get(name, ())
        if not 0 < number <= len(known) or (name == "journal" and event.who != self.subject):
            return ""
        return shortened(known[number - 1], LONGEST_LINE)


def load(directory: Path, subject: str, events: Sequence[Event]) -> Sources:
    """The recordings in a case's directory; what is not there is empty."""
    by_time = frames(directory / "wire.pcapng")
    numbers = {
        event.frame: by_time[event.at_ns]
        for event in events
        if isinstance(event, Packet) and event.frame and event.at_ns in by_time
    }
    return Sources(subject, {name: _lines(directory / file) for name, file in FILES.items()}, by_time, numbers)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").split("\n") if file.is_file() else []


@lru_cache(maxsize=256)
def _told(frame: bytes) -> str:
    """The layers, then the bytes; the same for the two ends of the wire."""
    words = [f"{name:<9} {says}" for name, says in dissect.layers(frame)]
    more = len(frame) - MOST_BYTES
    rest = [f"      and {more} more bytes: wire.pcapng has all"] if more > 0 else []
    return "\n".join([*words, "", dissect.hexdump(frame[:MOST_BYTES]), *rest])
