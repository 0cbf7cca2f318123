"""Reads the frames of a case back from its pcapng file, as harness/pcapng.py writes it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from harness.pcapng import ENHANCED_PACKET, SECTION_HEADER

LITTLE = b"\x4d\x3c\x2b\x1a"


def frames(file: Path) -> dict[int, bytes]:
    """Each frame's bytes from the Ethernet header on, by its time in nanoseconds; none if there is no such file."""
    return dict(read(file.read_bytes())) if file.is_file() else {}


def read(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The packets of a file's bytes, up to where it is cut or no longer ours."""
    place = 0
    if data[8:12] != LITTLE:
        return
    while place + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, place)
        if length < 12 or place + length > len(data) or (place == 0) != (kind == SECTION_HEADER):
            return
        if kind == ENHANCED_PACKET and length >= 32:
            high, low, captured = struct.unpack_from("<12x3I", data, place)
            yield (high << 32) + low, data[place + 28 : min(place + 28 + captured, place + length - 4)]
        place += length
