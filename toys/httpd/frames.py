"""Looks at the preface of HTTP/2 and at the headers of its frames, before h2 does.

h2 keeps the beginning of a frame, however long it says that it will be, has no GOAWAY for another preface, and another
error for an acknowledgement that says something. Over a client's GOAWAY it forgets all streams, also those that are
still to be answered (RFC 9113, section 6.8); so it gets a frame of an unknown kind in its place.
"""

from __future__ import annotations

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""With this an HTTP/2 client begins (RFC 9113, section 3.4), whatever else it knows of the server."""
PROTOCOL_ERROR, FRAME_SIZE_ERROR = 0x1, 0x6
SETTINGS, GOAWAY, UNKNOWN = 0x4, 0x7, 0xFF
ACK = 0x1
HEADER_BYTES, KIND_AT = 9, 3
GOAWAY_BYTES = 8
"""Of its payload, without a text."""
LARGEST = 16_384
"""SETTINGS_MAX_FRAME_SIZE unless another is agreed upon (RFC 9113, section 6.5.2)."""


class Frames:
    """Follows a connection's input from its preface on, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._preface = PREFACE
        """What is still to come of it."""
        self._to_skip = 0
        self._header = b""
        self.has_goaway = False
        """Whether the client has said that it leaves."""

    @property
    def is_whole(self) -> bool:
        """Whether the input so far ends where a frame ends."""
        return not (self._preface or self._to_skip or self._header)

    def error(self, data: bytearray) -> int | None:
        """The error of the connection, after which nothing is to be kept of the data. Without one, h2 may have it."""
        begun = bytes(data[: len(self._preface)])
        if not self._preface.startswith(begun):
            return PROTOCOL_ERROR
        self._preface = self._preface[len(begun) :]
        place = len(begun)
        while place < len(data):
            if self._to_skip:
                step = min(self._to_skip, len(data) - place)
                self._to_skip -= step
            else:
                step = min(HEADER_BYTES - len(self._header), len(data) - place)
                kind_at = place + KIND_AT - len(self._header)
                self._header += data[place : place + step]
                if place <= kind_at < place + step:
                    self._hide_goaway(data, kind_at)
                if len(self._header) == HEADER_BYTES and (error := self._begin()):
                    return error
            place += step
        return None

    def _hide_goaway(self, data: bytearray, place: int) -> None:
        if data[place] == GOAWAY:
            data[place] = UNKNOWN
            self.has_goaway = True

    def _begin(self) -> int | None:
        """A frame's header is whole; the error if a frame of this kind may not begin so."""
        length, kind, flags = int.from_bytes(self._header[:3]), self._header[KIND_AT], self._header[4]
        stream = int.from_bytes(self._header[5:]) & 0x7FFFFFFF
        self._to_skip, self._header = length, b""
        says_something = kind == SETTINGS and flags & ACK and length
        if length > LARGEST or says_something or (kind == GOAWAY and length < GOAWAY_BYTES):
            return FRAME_SIZE_ERROR
        return PROTOCOL_ERROR if kind == GOAWAY and stream else None
