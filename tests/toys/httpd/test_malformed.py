"""Whatever a client sends, the server neither crashes nor hangs, and nothing of it is left."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toys.httpd.program import GET, LAST, Served, httpd

TURNS = 50
"""A client that was refused is listened to until its own end has arrived, which may take a turn or two."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GOOD = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
WORDS = (
    b"GET ", b"/ ", b"HTTP/1.1\r\n", b"HTTP/1.0\r\n", b"Host: x\r\n", b"\r\n", b"\n", b"Content-Length: 3\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"3\r\n",
    b"abc\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"PRI * HTTP/2.0\r\n\r\n", b"\x00", b"POST /echo ", b"CONNECT x:1 ",
)  # fmt: skip

made_of_words = st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join)
broken = st.tuples(st.sampled_from([GET, LAST, GOOD, PREFACE]), st.integers(0, 90), st.binary(max_size=4)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + len(parts[2]) :]
)
frames = st.binary(max_size=60).map(lambda data: PREFACE + data)
anything = st.one_of(st.binary(max_size=80), made_of_words, broken, frames)
cuts = st.lists(st.integers(1, 40), max_size=5)


@pytest.fixture(scope="module", params=["epoll-et", "poll"])
def patient(request: pytest.FixtureRequest) -> Iterator[Served]:
    with httpd("--backend", request.param, "--header-timeout", 0.5, "--body-timeout", 0.5) as served:
        yield served


def in_pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in [*pieces, data] if piece]


@settings(max_examples=150)
@given(data=anything, sizes=cuts)
def test_whatever_is_sent_ends_with_an_answer_or_the_end(patient: Served, data: bytes, sizes: list[int]) -> None:
    with patient.client() as client:
        try:
            for piece in in_pieces(data, sizes):
                client.send(piece)
            client.end()
        except OSError:
            return  # it has been refused meanwhile
        answer = client.rest()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ") or answer[3] == 4


@settings(max_examples=60)
@given(data=anything)
def test_after_whatever_was_sent_the_next_client_is_served_and_nothing_is_left(patient: Served, data: bytes) -> None:
    with patient.client() as client:
        client.send(data)
    assert any(patient.status()["connections"] == 1 for _ in range(TURNS))


@settings(max_examples=60)
@given(
    path=st.text(string.printable, max_size=30), name=st.text(string.ascii_letters + "-", min_size=1, max_size=20),
    value=st.text(string.ascii_letters + string.digits + " ;=,", max_size=40),
)  # fmt: skip
def test_a_well_formed_request_is_answered_whatever_its_path_and_headers(
    patient: Served, path: str, name: str, value: str
) -> None:
    from urllib.parse import quote

    with patient.client() as client:
        client.send(f"GET /{quote(path)} HTTP/1.1\r\nHost: x\r\nX-{name}: {value}\r\n\r\n".encode())
        assert client.answer().status in (200, 404)
