"""Bytes to requests, without a socket: the same requests however the bytes are cut on their way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("httptools", reason="httpd needs httptools: pip install 'toylab[http]'")

from toys.httpd.limits import Limits
from toys.httpd.messages import Request
from toys.httpd.parsing import Parser

CONNECT = b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"
REQUESTS = (
    b"GET /a HTTP/1.1\r\nHost: x\r\nX-Long: " + b"v" * 300 + b"\r\n\r\n", CONNECT,
    b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + b"\r\n\r\n!" * 80,
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /d HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
)  # fmt: skip
SMALL = Limits(head_bytes=400, body_bytes=400)
"""The largest head and the largest body fit, by little."""


def parsed(pieces: list[bytes], limits: Limits = SMALL) -> list[tuple[bytes, bytes] | int]:
    """Target and body of each request, or the status of its refusal."""
    parser = Parser(limits)
    for piece in pieces:
        parser.feed(memoryview(piece))
    return [(one.target, one.body) if isinstance(one, Request) else one.status for one in parser.queue]


@given(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=6), st.lists(st.integers(1, 500), max_size=8))
def test_the_same_requests_are_seen_however_they_are_cut(requests: list[bytes], sizes: list[int]) -> None:
    data, pieces = b"".join(requests), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    assert parsed([*pieces, data]) == [one for request in requests for one in parsed([request])]


def test_a_body_in_front_of_a_head_is_no_part_of_it() -> None:
    body, head = b"b" * 60_000, b"GET /next HTTP/1.1\r\nHost: x\r\nX-Long: " + b"v" * 6_000
    first = b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + body
    assert parsed([first + head[:5_000], head[5_000:] + b"\r\n\r\n"], Limits()) == [(b"/b", body), (b"/next", b"")]


def test_what_follows_a_wish_to_upgrade_is_counted_once() -> None:
    head = b"GET /next HTTP/1.1\r\nHost: x\r\nX-Long: " + b"v" * 350
    assert parsed([CONNECT[:10], CONNECT[10:] + head, b"\r\n\r\n"])[-1] == (b"/next", b"")


def test_a_thousand_wishes_to_upgrade_in_one_piece_are_a_thousand_requests() -> None:
    assert len(parsed([CONNECT * 1_900])) == 1_900


@pytest.mark.parametrize("cut", [1, 30, 300])
def test_a_head_that_is_too_long_is_refused_before_it_ends(cut: int) -> None:
    head = b"GET /long HTTP/1.1\r\nHost: x\r\nX-Long: " + b"v" * 500
    assert parsed([head[:cut], head[cut:]]) == [431]
