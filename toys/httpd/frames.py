"""Looks at the lengths of HTTP/2 frames: h2 keeps the beginning of a frame, however long it says that it will be."""

from __future__ import annotations

HEADER_BYTES = 9
PREFACE_BYTES = 24
LARGEST = 16_384
"""SETTINGS_MAX_FRAME_SIZE unless another is agreed upon (RFC 9113, section 6.5.2)."""


class Frames:
    """Follows a connection's input from its preface on, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._to_skip = PREFACE_BYTES
        self._header = b""

    @property
    def is_whole(self) -> bool:
        """Whether the input so far ends where a frame ends."""
        return not self._to_skip and not self._header

    def follow(self, data: memoryview) -> bool:
        """False if a frame is longer than any may be; nothing is to be kept of it."""
        place = 0
        while place < len(data):
            if self._to_skip:
                step = min(self._to_skip, len(data) - place)
                self._to_skip -= step
            else:
                step = min(HEADER_BYTES - len(self._header), len(data) - place)
                self._header += bytes(data[place : place + step])
                if len(self._header) == HEADER_BYTES:
                    self._to_skip, self._header = int.from_bytes(self._header[:3]), b""
            place += step
            if self._to_skip > LARGEST:
                return False
        return True
