"""What a segment carries above TCP, as far as it can be seen without its neighbours: HTTP/2, TLS records, HTTP/1.

    HTTP/2    SETTINGS, 6 bytes, MAX_CONCURRENT_STREAMS 100
    HTTP/2    HEADERS, 38 bytes, stream 1, END_STREAM END_HEADERS
    TLS       handshake, ClientHello, 512 bytes
    HTTP/1    GET /api/data HTTP/1.1

A segment says nothing of the protocol that it is in, so what does not begin like one is data. See RFC 9113, sections
3.4 and 4.1; RFC 8446, section 5.1; RFC 9112, section 2.1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAMES = (
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
    "CONTINUATION",
)  # fmt: skip
LONGEST_FRAME = 16_384
"""What nobody in the lab allows more of: SETTINGS_MAX_FRAME_SIZE is at least that, and longer lengths are text."""
FLAGS = {
    "DATA": {0x1: "END_STREAM", 0x8: "PADDED"},
    "HEADERS": {0x1: "END_STREAM", 0x4: "END_HEADERS", 0x8: "PADDED", 0x20: "PRIORITY"},
    "SETTINGS": {0x1: "ACK"},
    "PING": {0x1: "ACK"},
    "PUSH_PROMISE": {0x4: "END_HEADERS", 0x8: "PADDED"},
    "CONTINUATION": {0x4: "END_HEADERS"},
}
ERRORS = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
SETTINGS = {
    1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE",
    5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE", 8: "ENABLE_CONNECT_PROTOCOL",
}  # fmt: skip
RECORDS = {20: "change cipher spec", 21: "alert", 22: "handshake", 23: "application data"}
LONGEST_RECORD = 16_384 + 256
HELLOS = {1: "ClientHello", 2: "ServerHello"}
_LINE = re.compile(rb"(?:[A-Z]{3,16} [^ \r\n]{1,2000} )?HTTP/1\.[01](?: \d{3}[^\r\n]*)?\r?\n")


def layers(data: bytes) -> Iterator[tuple[str, str]]:
    """The name and words of each frame, record or head that begins in these bytes, and what is left of them."""
    left = len(data)
    for name, says, size in _parts(data):
        yield name, says
        left -= size
    if left:
        yield "Data", f"{left} bytes"


def _parts(data: bytes) -> Iterator[tuple[str, str, int]]:
    """Name, words and how many of the bytes they are about."""
    if data.startswith(PREFACE):
        yield "HTTP/2", "the client's preface", len(PREFACE)
        data = data[len(PREFACE) :]
    if line := _LINE.match(data):
        yield "HTTP/1", line[0].decode("latin-1").strip(), len(data)
        return
    yield from _records(data) if _is_record(data) else _frames(data)


def _frames(data: bytes) -> Iterator[tuple[str, str, int]]:
    while (head := _frame(data)) is not None:
        length, name, flags, stream = head
        here = data[9 : 9 + length]
        names = " ".join(word for bit, word in FLAGS.get(name, {}).items() if flags & bit)
        goes_on = f"{len(here)} of them here" if len(here) < length else ""
        told = [f"{name}, {length} bytes", goes_on, f"stream {stream}" * bool(stream), names, *_payload(name, here)]
        yield "HTTP/2", ", ".join(filter(None, told)), 9 + len(here)
        data = data[9 + length :]


def _frame(data: bytes) -> tuple[int, str, int, int] | None:
    """Length, type, flags and stream of the frame that begins here; None if none can."""
    if len(data) < 9:
        return None
    high, low, kind, flags, stream = struct.unpack_from("!BHBBI", data)
    length = (high << 16) + low
    is_one = kind < len(FRAMES) and length <= LONGEST_FRAME and not stream >> 31 and any(data[:9])
    return (length, FRAMES[kind], flags, stream) if is_one else None


def _payload(name: str, data: bytes) -> Iterator[str]:
    if name == "SETTINGS":
        for place in range(0, len(data) - 5, 6):
            number, value = struct.unpack_from("!HI", data, place)
            yield f"{SETTINGS.get(number, f'setting {number}')} {value}"
    elif name == "WINDOW_UPDATE" and len(data) == 4:
        yield f"{int.from_bytes(data, 'big')} more"
    elif name == "RST_STREAM" and len(data) == 4:
        yield _error(data)
    elif name == "GOAWAY" and len(data) >= 8:
        yield f"last stream {int.from_bytes(data[:4], 'big')}"
        yield _error(data[4:8])


def _error(code: bytes) -> str:
    number = int.from_bytes(code, "big")
    return ERRORS[number] if number < len(ERRORS) else f"error {number:#x}"


def _is_record(data: bytes) -> bool:
    if len(data) < 5:
        return False
    kind, major, length = struct.unpack_from("!BBxH", data)
    return kind in RECORDS and major == 3 and length <= LONGEST_RECORD


def _records(data: bytes) -> Iterator[tuple[str, str, int]]:
    while _is_record(data):
        kind, length = struct.unpack_from("!BxxH", data)
        here = data[5 : 5 + length]
        hello = HELLOS.get(here[0], "") if kind == 22 and here else ""
        goes_on = f"{len(here)} of them here" if len(here) < length else ""
        yield "TLS", ", ".join(filter(None, (RECORDS[kind], hello, f"{length} bytes", goes_on))), 5 + len(here)
        data = data[5 + length :]
