"""What a segment carries is told when it begins like a protocol, and is data when it does not."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib import http2 as h2

from reports.application import PREFACE, layers

REQUEST = h2.H2Frame(stream_id=1, flags={"ES", "EH"}) / h2.H2HeadersFrame(hdrs=[h2.HPackIndexedHdr(index=2)])
SETTINGS = h2.H2Frame() / h2.H2SettingsFrame(  # type: ignore[no-untyped-call]
    settings=[h2.H2Setting(id="Max concurrent streams", value=100), h2.H2Setting(id=9, value=1)]
)
ANSWERED = h2.H2Frame(flags={"A"}) / h2.H2SettingsFrame()  # type: ignore[no-untyped-call]
RESET = h2.H2Frame(stream_id=3) / h2.H2ResetFrame(error="Refused stream")
WINDOW = h2.H2Frame() / h2.H2WindowUpdateFrame(win_size_incr=1000)  # type: ignore[no-untyped-call]
PING = h2.H2Frame(flags={"A"}) / h2.H2PingFrame(opaque=7)  # type: ignore[no-untyped-call]
GOAWAY = h2.H2Frame() / h2.H2GoAwayFrame(last_stream_id=5, error="Protocol error", additional_data=b"bye")


def told(data: object) -> list[str]:
    return [": ".join(layer) for layer in layers(bytes(data))]  # type: ignore[call-overload]


@pytest.mark.parametrize(("data", "says"), [
    (PREFACE + bytes(SETTINGS), [
        "HTTP/2: the client's preface",
        "HTTP/2: SETTINGS, 12 bytes, MAX_CONCURRENT_STREAMS 100, setting 9 1",
    ]),
    (bytes(ANSWERED) + bytes(REQUEST), [
        "HTTP/2: SETTINGS, 0 bytes, ACK",
        "HTTP/2: HEADERS, 1 bytes, stream 1, END_STREAM END_HEADERS",
    ]),
    (h2.H2Frame(stream_id=3, flags={"ES"}) / h2.H2DataFrame(data=b"hello"),
     ["HTTP/2: DATA, 5 bytes, stream 3, END_STREAM"]),
    (RESET, ["HTTP/2: RST_STREAM, 4 bytes, stream 3, REFUSED_STREAM"]),
    (WINDOW, ["HTTP/2: WINDOW_UPDATE, 4 bytes, 1000 more"]),
    (GOAWAY, ["HTTP/2: GOAWAY, 11 bytes, last stream 5, PROTOCOL_ERROR"]),
    (bytes(GOAWAY)[:12], ["HTTP/2: GOAWAY, 11 bytes, 3 of them here"]),
    (PING, ["HTTP/2: PING, 8 bytes, ACK"]),
    (b"GET /api/data HTTP/1.1\r\nHost: x\r\n\r\n", ["HTTP/1: GET /api/data HTTP/1.1"]),
    (b"HTTP/1.1 408 Request Timeout\r\n\r\n", ["HTTP/1: HTTP/1.1 408 Request Timeout"]),
    (b"\x15\x03\x03\x00\x02\x01\x00", ["TLS: alert, 2 bytes"]),
    (b"\x17\x03\x03\x00\x39" + bytes(20), ["TLS: application data, 57 bytes, 20 of them here"]),
    (b"hello, all of you", ["Data: 17 bytes"]),
    (bytes(40), ["Data: 40 bytes"]),
    (bytes(PING) + b"and text", ["HTTP/2: PING, 8 bytes, ACK", "Data: 8 bytes"]),
])  # fmt: skip
def test_the_bytes_of_a_segment_read_as(data: object, says: list[str]) -> None:
    assert told(data) == says


def test_a_real_client_says_hello() -> None:
    out = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="good.lab")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = out.read()
    assert told(hello) == [f"TLS: handshake, ClientHello, {len(hello) - 5} bytes"]


@given(st.binary(max_size=200))
def test_whatever_comes_is_told_without_complaint(data: bytes) -> None:
    assert bool(told(data)) == bool(data)
