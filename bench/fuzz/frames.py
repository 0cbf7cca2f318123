"""httpd under the fuzzer, HTTP/2: whole frames are moved and changed, and most of them keep a length that is right."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import h2.config
import h2.connection
import h2.events
import hpack

from bench.fuzz.case import Case
from bench.fuzz.http import FOLDERS, PREFACE, Httpd
from bench.fuzz.mutation import Grammar, spoiled
from bench.fuzz.target import Path, Trouble

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 0x1, 0x1, 0x4, 0x8
HEADER_BYTES, LARGEST = 9, 16_384
MAX_FRAME_SIZE = b"\x00\x05"
"""The setting by which a client may allow more (RFC 9113, section 6.5.2)."""
STREAMS = (0, 1, 2, 3, 5, 7, 201, 2**31 - 1, 2**32 - 1)
LENGTHS = (0, 1, LARGEST, LARGEST + 1, 2**24 - 1)
Fields = list[tuple[str, str]]


def frame(kind: int, flags: int, stream: int, payload: bytes, length: int = -1) -> bytes:
    """As RFC 9113, section 4.1, has it; a length of its own if one is given."""
    size = (len(payload) if length < 0 else length) & 0xFFFFFF
    return size.to_bytes(3) + bytes((kind & 0xFF, flags & 0xFF)) + (stream & 0xFFFFFFFF).to_bytes(4) + payload


def fields(method: str, path: str, *more: tuple[str, str]) -> Fields:
    return [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path), *more]


def asked(stream: int, headers: Fields, flags: int = END_STREAM | END_HEADERS) -> bytes:
    """With no state between two of them, so that each may stand anywhere."""
    encoder = hpack.Encoder()
    return frame(HEADERS, flags, stream, encoder.encode([(name, value, True) for name, value in headers]))


GET, POST = fields("GET", "/api/data"), fields("POST", "/echo", ("content-length", "5"))
START = PREFACE + frame(SETTINGS, 0, 0, b"")
ASKED = asked(1, GET)
TWO_WINDOWS = frame(WINDOW_UPDATE, 0, 1, (1 << 20).to_bytes(4)) + frame(WINDOW_UPDATE, 0, 0, (1 << 20).to_bytes(4))
SMALL_WINDOW = frame(SETTINGS, 0, 0, b"\x00\x04\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00")
SEEDS = tuple(map(b"".join, (
    (START, ASKED, frame(SETTINGS, ACK, 0, b"")),
    (START, *(asked(stream, GET) for stream in range(1, 20, 2))),
    (START, asked(1, POST, END_HEADERS), frame(DATA, 0, 1, b"he"), frame(DATA, END_STREAM, 1, b"llo")),
    (START, asked(1, fields("GET", "/bytes?n=300000")), TWO_WINDOWS),
    (PREFACE, SMALL_WINDOW, ASKED, frame(PING, 0, 0, b"12345678"), frame(WINDOW_UPDATE, 0, 1, (5).to_bytes(4))),
    (START, asked(1, fields("GET", "/slow?ms=1")), frame(RST_STREAM, 0, 1, (8).to_bytes(4)), asked(3, GET)),
    (START, ASKED, frame(PRIORITY, 0, 1, b"\x00\x00\x00\x03\x10"), frame(GOAWAY, 0, 0, b"\x00" * 8)),
    (START, frame(HEADERS, END_STREAM, 1, ASKED[9:14]), frame(CONTINUATION, END_HEADERS, 1, ASKED[14:])),
    (START, asked(1, POST, 4), frame(DATA, PADDED, 1, b"\x03hello\x00\x00\x00"), asked(1, [("x-t", "t")])),
)))  # fmt: skip
VALUES = (b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x00\x00\x40\x01")
WORDS = (
    *(frame(kind, 0, 0, b"") for kind in range(11)), frame(SETTINGS, 0, 0, b"\x00\x05\x00\x00\x00\x00"),
    *(frame(SETTINGS, 0, 0, b"\x00" + bytes((name,)) + value) for name in (1, 2, 3, 4, 5, 6, 8) for value in VALUES),
    *(asked(stream, GET) for stream in (1, 3, 5, 201)), asked(1, POST, END_HEADERS), asked(3, GET[1:]),
    asked(1, GET + GET), asked(5, fields("GET", "/api/data", ("Upper", "case"))),
    asked(1, fields("GET", "/", ("connection", "close"))), asked(1, fields("GET", "/" + "a" * 9000)),
    asked(7, fields("GET", "/", *(("x", "y"),) * 101)), asked(1, fields("", "")),
    asked(1, fields("HEAD", "/bytes?n=70000")), asked(1, fields("CONNECT", "*")), asked(1, fields("POST", "/echo")),
    asked(3, fields("OPTIONS", "*", ("content-length", "-1"))),
    frame(HEADERS, 5, 1, b"\x82\x86\x84\xff\xff\xff\xff\xff\x0f"), frame(HEADERS, 5, 1, b"\x3f\xe1\xff\xff\xff\x07"),
    frame(DATA, 0, 1, b"x" * LARGEST), frame(DATA, 1, 3, b""), frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
    frame(WINDOW_UPDATE, 0, 1, b"\x00\x00\x00\x00"), frame(PING, 1, 0, b"12345678"),
    frame(RST_STREAM, 0, 1, b"\x00\x00\x00\x08"), frame(GOAWAY, 0, 0, b"\x00\x00\x00\x01\x00\x00\x00\x00why"),
    b"\x00\x40", PREFACE,
)  # fmt: skip


def split(data: bytes) -> list[bytes]:
    """The preface, and each frame, as long as their lengths hold."""
    pieces = [data[: len(PREFACE)]]
    data = data[len(PREFACE) :]
    while data:
        size = HEADER_BYTES + int.from_bytes(data[:3])
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def tweak(random: Random, piece: bytes) -> bytes:
    """A frame that is another in one respect."""
    if len(piece) < HEADER_BYTES or piece.startswith(PREFACE):
        return spoiled(random, piece)
    kind, flags, stream, payload = piece[3], piece[4], int.from_bytes(piece[5:9]), piece[9:]
    match random.randrange(7):
        case 0:
            kind = random.randrange(12)
        case 1:
            flags ^= random.choice((1, 4, 8, 32, 255))
        case 2:
            stream = random.choice((*STREAMS, stream + 2))
        case 3:
            return frame(kind, flags, stream, payload, random.choice((*LENGTHS, len(payload) + 1, len(payload) - 1)))
        case 4:
            return _in_two(random, kind, flags, stream, payload)
        case _:
            payload = spoiled(random, payload)
    return frame(kind, flags, stream, payload)


def _in_two(random: Random, kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Headers go on in a CONTINUATION; data in another DATA."""
    place = random.randint(0, len(payload))
    rest = CONTINUATION if kind in (HEADERS, CONTINUATION) else kind
    first = frame(kind, flags & ~(END_HEADERS if rest == CONTINUATION else END_STREAM), stream, payload[:place])
    return first + frame(rest, flags, stream, payload[place:])


class Http2d(Httpd):
    def run(self, case: Case) -> None:
        heard = self.say(case)
        if heard.startswith(b"HTTP/1.1 "):
            return
        for kind, size in _frames(heard):
            if kind > CONTINUATION or (size > LARGEST and MAX_FRAME_SIZE not in case.data):
                raise Trouble(f"that is no frame: type {kind}, {size} bytes")

    def check(self) -> None:
        super().check()
        client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        client.initiate_connection()
        client.send_headers(1, GET, end_stream=True)
        bodies = [
            event.data for event in client.receive_data(self.say(Case(client.data_to_send())))
            if isinstance(event, h2.events.DataReceived)
        ]  # fmt: skip
        if b"".join(bodies) != b'{"status": "ok"}\n':
            raise Trouble(f"a good request got {bodies}")


def _frames(data: bytes) -> Iterator[tuple[int, int]]:
    while len(data) >= HEADER_BYTES:
        size = int.from_bytes(data[:3])
        yield data[3], size
        data = data[HEADER_BYTES + size :]


HTTP2 = Path(Grammar(SEEDS, split, WORDS, tweak), Http2d, FOLDERS)
