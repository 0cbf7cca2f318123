r"""HTTP/2 frames as they are written in a script: `PREFACE ; SETTINGS 0 ; DATA:5+END_STREAM 1 x`.

A frame is its kind, its flags, its stream and its payload (RFC 9113, section 4.1). Kinds and flags may be numbers, and
`:5` claims a length that the payload has not, so that frames which no library would make can be written as well.
"""

from __future__ import annotations

import re
import socket
from difflib import get_close_matches

from toys.calls.desk import Desk
from toys.calls.script import Mistake, octets

KINDS = {
    "DATA": 0x0, "HEADERS": 0x1, "PRIORITY": 0x2, "RST_STREAM": 0x3, "SETTINGS": 0x4, "PUSH_PROMISE": 0x5,
    "PING": 0x6, "GOAWAY": 0x7, "WINDOW_UPDATE": 0x8, "CONTINUATION": 0x9,
}  # fmt: skip
ERRORS = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER = 9
FLAGS = {"END_STREAM": 0x1, "ACK": 0x1, "END_HEADERS": 0x4, "PADDED": 0x8, "PRIORITY": 0x20}
_FRAME = re.compile(r"(?P<kind>\w+)(?::(?P<length>\d+))?(?P<flags>(?:\+\w+)*) +(?P<stream>\d+)(?: (?P<payload>.*))?")


def send(desk: Desk, name: str, text: str) -> int:
    return desk.sockets[name].send(packed(text), socket.MSG_NOSIGNAL)


def hear(desk: Desk, name: str, kind: str) -> str:
    """Every frame in two reads, its header and its payload, up to one of this kind, or the end."""
    sock, wanted, told = desk.sockets[name], known(kind), []
    while header := sock.recv(HEADER, socket.MSG_WAITALL):
        length, got, stream = int.from_bytes(header[:3]), header[3], int.from_bytes(header[5:])
        payload = sock.recv(length, socket.MSG_WAITALL) if length else b""
        told.append(_told(got, stream, payload))
        if got == wanted:
            return ", ".join(told)
    return ", ".join((*told, "EOF"))


def known(kind: str) -> int:
    return _number(kind, KINDS, "kind of frame")


def _told(kind: int, stream: int, payload: bytes) -> str:
    """`RST_STREAM 1 CANCEL`; the error is the last word of a GOAWAY as well, and the texts that may follow are cut."""
    name = next((name for name, number in KINDS.items() if number == kind), str(kind))
    code = {"RST_STREAM": payload[:4], "GOAWAY": payload[4:8]}.get(name, b"")
    error = int.from_bytes(code)
    return f"{name} {stream}" + (f" {ERRORS[error] if error < len(ERRORS) else error}" if code else "")


def packed(text: str) -> bytes:
    """The bytes of all frames; Mistake for a text that is none."""
    return b"".join(_packed(frame.strip()) for frame in text.split(" ;"))


def _packed(text: str) -> bytes:
    if text == "PREFACE":
        return PREFACE
    frame = _FRAME.fullmatch(text)
    if frame is None:
        raise Mistake(f"{text!r} is no frame; write KIND[:LENGTH][+FLAG...] STREAM [PAYLOAD]")
    payload = octets(frame["payload"] or "")
    length = len(payload) if frame["length"] is None else int(frame["length"])
    kind = known(frame["kind"])
    flags = [_number(flag, FLAGS, "flag") for flag in frame["flags"].split("+")[1:]]
    header = (length, 3), (kind, 1), (sum(set(flags)), 1), (int(frame["stream"]), 4)
    try:
        return b"".join(number.to_bytes(size, "big") for number, size in header) + payload
    except OverflowError:
        raise Mistake(f"{text!r} has a number that is too large for its place in a frame") from None


def _number(word: str, names: dict[str, int], what: str) -> int:
    if word in names or word.isdecimal():
        return names[word] if word in names else int(word)
    near = get_close_matches(word, names, 1)
    raise Mistake(f"there is no {what} {word!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
