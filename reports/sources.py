"""Finds where an event was recorded: the line of strace, the line of the journal, the frame taken apart."""

from __future__ import annotations

import os
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
CALLS, JOURNAL = "strace.txt", "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Sources:
    """The raw recordings of a case: strace's lines, journals by host, bytes of frames by their time and number."""

    calls: Sequence[str]
    journals: Mapping[str, Sequence[Sequence[str]]]
    frames: Mapping[int, bytes]
    numbers: Mapping[int, bytes]

    def of(self, event: Event) -> str:
        """The recording of this event as text, several lines for a frame; empty if it has none of its own."""
        if isinstance(event, Packet):
            frame = self.frames.get(event.at_ns) or self.numbers.get(event.frame)
            return _told(frame) if frame else ""
        name, _, number = event.source.rpartition(":")
        return shortened(self._line(name, int(number), event), LONGEST_LINE) if number.isdigit() else ""

    def _line(self, name: str, number: int, event: Event) -> str:
        if name == CALLS:
            return _numbered(self.calls, number)
        journals = self.journals.get(event.who, ()) if name == "journal" else ()
        lines = (_numbered(journal, number) for journal in journals)
        return next((line for line in lines if str(event.at_ns) in line), "")


def load(directory: Path, subject: str, events: Sequence[Event]) -> Sources:
    """The recordings in a case's directory; what is not there is empty.

    Several programs of one host each have a journal; which one an event is from is told by its time.
    """
    by_time = frames(directory / "wire.pcapng")
    numbers = {
        event.frame: by_time[event.at_ns]
        for event in events
        if isinstance(event, Packet) and event.frame and event.at_ns in by_time
    }
    journals = {subject: [_lines(directory / JOURNAL)]}
    for name in sorted(os.listdir(directory)) if directory.is_dir() else []:
        if name.endswith(f".{JOURNAL}"):
            journals.setdefault(name.partition(".")[0], []).append(_lines(directory / name))
    return Sources(_lines(directory / CALLS), journals, by_time, numbers)


def _numbered(lines: Sequence[str], number: int) -> str:
    """A line by its number from 1; empty if there is none."""
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []


@lru_cache(maxsize=256)
def _told(frame: bytes) -> str:
    """The layers, then the bytes; the same for the two ends of the wire."""
    words = [f"{name:<9} {says}" for name, says in dissect.layers(frame)]
    more = len(frame) - MOST_BYTES
    rest = [f"      and {more} more bytes: wire.pcapng has all"] if more > 0 else []
    return "\n".join([*words, "", dissect.hexdump(frame[:MOST_BYTES]), *rest])
