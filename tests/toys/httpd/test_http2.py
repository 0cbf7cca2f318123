"""HTTP/2 with prior knowledge, spoken by the h2 library, and which protocol a connection turns out to speak."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from tests.toys.httpd.program import GET, Client, Served, httpd
from toys.loop import BACKENDS

pytest.importorskip("h2", reason="HTTP/2 needs h2: pip install 'toylab[http]'")

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GOAWAY_SIZE = 17


class Http2Client:
    """One connection; the answers of each stream as they are put together."""

    def __init__(self, client: Client, window: int = 0) -> None:
        self.client = client
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        if window:
            self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.statuses: dict[int, str] = {}
        self.bodies: dict[int, bytes] = {}
        self.ended: list[int] = []
        self.gone: int | None = None
        self.flush()

    def flush(self) -> None:
        """A server that has ended takes nothing more; what it said before is still there to be read."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.client.send(self.h2.data_to_send())

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, *, ends: bool = True) -> int:
        stream: int = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "x")]
        self.h2.send_headers(stream, headers, end_stream=ends and body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=ends)
        return stream

    def hear(self, *streams: int) -> None:
        """Asks, then reads until these streams have ended, or the server has (a reset is an end as well)."""
        self.flush()
        while not set(streams) <= set(self.ended):
            data = self.client.some()
            if not data:
                return
            for event in self.h2.receive_data(data):
                self._note(event)
            self.flush()

    def _note(self, event: Any) -> None:
        match event:
            case h2.events.ResponseReceived():
                self.statuses[event.stream_id] = dict(event.headers)[":status"]
            case h2.events.DataReceived():
                self.bodies[event.stream_id] = self.bodies.get(event.stream_id, b"") + event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded() | h2.events.StreamReset():
                self.ended.append(event.stream_id)
            case h2.events.ConnectionTerminated():
                self.gone = event.error_code


@contextmanager
def speaking(server: Served, window: int = 0) -> Iterator[Http2Client]:
    with server.client() as client:
        yield Http2Client(client, window)


def test_a_stream_is_answered(server: Served) -> None:
    with speaking(server) as client:
        stream = client.ask("/api/data")
        client.hear(stream)
    assert client.statuses[stream] == "200"
    assert json.loads(client.bodies[stream]) == {"status": "ok"}


def test_a_slow_stream_does_not_hold_up_the_others(server: Served) -> None:
    with speaking(server) as client:
        slow, quick = client.ask("/slow?ms=100"), client.ask("/api/data")
        client.hear(slow, quick)
    assert client.ended == [quick, slow]


def test_a_large_answer_waits_for_the_windows_and_arrives_whole(server: Served) -> None:
    with speaking(server, window=1_000) as client:
        streams = [client.ask("/bytes?n=300000"), client.ask("/bytes?n=200000")]
        client.hear(*streams)
    assert [len(client.bodies[stream]) for stream in streams] == [300_000, 200_000]


def test_who_has_ended_opens_no_window_any_more_and_is_not_waited_for(server: Served) -> None:
    with speaking(server, window=1) as client:
        client.ask("/bytes?n=1000")
        client.flush()
        client.client.end()
        assert client.client.rest()[3] == 4  # SETTINGS, and so on to the end


def test_a_body_is_taken_and_one_that_is_too_large_is_refused() -> None:
    with httpd("--most-body", 10) as server, speaking(server) as client:
        small = client.ask("/echo", "POST", b"hello")
        large = client.ask("/echo", "POST", b"hello world", ends=False)
        client.hear(small, large)
    assert (client.bodies[small], client.statuses[large]) == (b"hello", "413")


def test_head_and_paths_that_do_not_exist(server: Served) -> None:
    with speaking(server) as client:
        head, nothing = client.ask("/api/data", "HEAD"), client.ask("/nothing")
        client.hear(head, nothing)
    assert (client.statuses[head], client.bodies.get(head)) == ("200", None)
    assert client.statuses[nothing] == "404"


def test_what_is_no_frame_ends_the_connection_with_a_reason(server: Served) -> None:
    with speaking(server) as client:
        client.hear(client.ask("/api/data"))
        client.client.send(b"\xff" * 64)
        client.hear(99)
    assert client.gone not in (None, 0)


def test_a_client_that_resets_all_that_it_asks_for_is_not_served_for_ever() -> None:
    with httpd("--most-connections", 10) as server, speaking(server) as client:
        os.kill(server.process.pid, signal.SIGSTOP)  # so that all of them wait for it, however fast it is
        for _ in range(2_000):
            client.h2.reset_stream(client.ask("/slow?ms=60000"))
        client.flush()
        os.kill(server.process.pid, signal.SIGCONT)
        client.hear(-1)
        assert client.gone == h2.errors.ErrorCodes.ENHANCE_YOUR_CALM
        assert server.status()["status"] == "ok"


def test_http_2_is_known_by_its_preface_however_it_arrives(server: Served) -> None:
    with server.client() as client:
        spoken = h2.connection.H2Connection()
        spoken.initiate_connection()
        data = spoken.data_to_send()
        assert data.startswith(PREFACE)
        for place in range(len(data)):
            client.send(data[place : place + 1])
        assert client.sock.recv(65_536)[3] == 4  # a SETTINGS frame


def test_a_request_that_begins_like_the_preface_is_http_1_1(server: Served) -> None:
    with server.client() as client:
        for part in (b"P", b"OST /ec", b"ho HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"):
            client.send(part)
        assert client.answer().body == b"ok"
        client.send(GET)
        assert client.answer().status == 200


def test_at_the_end_streams_are_finished_and_no_new_ones_begin() -> None:
    with httpd() as server, speaking(server) as client:
        slow = client.ask("/slow?ms=100")
        client.hear(client.ask("/api/data"))
        server.stop()
        frames = list(kinds(client.client.rest()))  # h2 would look at nothing after a GOAWAY
    assert frames == [("GOAWAY", 0), ("HEADERS", slow), ("DATA", slow)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_idle_connection_is_told_up_to_where_it_was_served_before_it_is_closed(backend: str) -> None:
    with httpd("--idle-timeout", 0.5, "--backend", backend) as server, speaking(server) as client:
        asked = [client.ask("/api/data"), client.ask("/api/data")]
        client.flush()
        data = client.client.rest()
        assert list(kinds(data))[-1] == ("GOAWAY", 0)
        assert last_stream_and_error(data[-GOAWAY_SIZE:]) == (asked[-1], 0)


def test_a_stop_is_told_to_idle_connections_too() -> None:
    with httpd() as server, speaking(server) as client:
        stream = client.ask("/api/data")
        client.hear(stream)
        server.stop()
        assert last_stream_and_error(client.client.rest()) == (stream, 0)


@pytest.mark.parametrize("stops", [False, True])
def test_what_crosses_the_goodbye_does_not_reset_it_away(stops: bool) -> None:
    with httpd("--idle-timeout", 60 if stops else 0.5) as server, speaking(server) as client:
        client.hear(client.ask("/api/data"))
        if stops:
            server.stop()
        assert client.client.sock.recv(65_536, socket.MSG_PEEK)[3] == 7  # GOAWAY
        for _ in range(3):  # a closed socket would answer the first with RST, and the next could not be sent
            client.client.send(b"\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678")
        assert list(kinds(client.client.rest())) == [("GOAWAY", 0)]


LEAVES = b"\0\0\x08\x07\0\0\0\0\0" + bytes(8)


@pytest.mark.parametrize("piece", [1, 4, 17])
def test_a_client_that_leaves_gets_its_answers_in_whatever_pieces_it_says_so(server: Served, piece: int) -> None:
    with speaking(server) as client:
        slow = client.ask("/slow?ms=100")
        client.flush()
        for place in range(0, len(LEAVES), piece):
            client.client.send(LEAVES[place : place + piece])
        frames = list(kinds(client.client.rest()))
    assert [frame for frame in frames if frame[0] != "SETTINGS"] == [("GOAWAY", 0), ("HEADERS", slow), ("DATA", slow)]


def test_an_error_names_no_stream_that_nobody_has_looked_at(server: Served) -> None:
    with speaking(server) as client:
        client.hear(served := client.ask("/api/data"))
        client.ask("/api/data")
        client.client.send(client.h2.data_to_send() + b"\0\0\0\x06\0\0\0\0\0")  # a PING of no bytes
        assert last_stream_and_error(client.client.rest()) == (served, h2.errors.ErrorCodes.FRAME_SIZE_ERROR)


def test_a_stream_more_than_was_agreed_upon_breaks_the_connection(server: Served) -> None:
    with speaking(server) as client:
        client.hear(client.ask("/api/data"))
        begun = b"\0\0\x06\x01\4%s\x82\x86\x84A\1x"
        client.client.send(b"".join(begun % stream.to_bytes(4, "big") for stream in range(3, 3 + 2 * 101, 2)))
        assert last_stream_and_error(client.client.rest())[1] == h2.errors.ErrorCodes.PROTOCOL_ERROR


def last_stream_and_error(goaway: bytes) -> tuple[int, int]:
    """Of a GOAWAY frame (RFC 9113, section 6.8)."""
    return int.from_bytes(goaway[9:13]), int.from_bytes(goaway[13:17])


def kinds(data: bytes) -> Iterator[tuple[str, int]]:
    """Type and stream of each frame (RFC 9113, section 4.1)."""
    names = {0: "DATA", 1: "HEADERS", 4: "SETTINGS", 7: "GOAWAY"}
    while data:
        size = int.from_bytes(data[:3])
        yield names[data[3]], int.from_bytes(data[5:9])
        data = data[9 + size :]


def test_a_frame_that_never_ends_is_not_waited_for_any_longer_than_a_request() -> None:
    with httpd("--body-timeout", 0.2) as server, speaking(server) as client:
        client.hear(client.ask("/api/data"))
        client.client.sock.settimeout(0.02)
        client.client.send(b"\x00\x40\x00\x00\x00\x00\x00\x00\x07")
        while (data := _heard(client.client)) is None:
            client.client.send(b"x")
        assert data[3] == 7  # GOAWAY


def _heard(client: Client) -> bytes | None:
    try:
        return client.sock.recv(65_536)
    except TimeoutError:
        return None


def test_a_stream_that_is_reset_with_its_request_harms_nobody(server: Served) -> None:
    with speaking(server) as client:
        client.h2.reset_stream(client.ask("/api/data"))
        stream = client.ask("/api/data")
        client.hear(stream)
        assert client.statuses == {stream: "200"}


def test_a_client_that_leaves_with_its_request_harms_nobody(server: Served) -> None:
    with speaking(server) as client:
        client.ask("/slow?ms=10")
        client.ask("/bytes?n=100000")
        client.h2.close_connection()
        client.flush()
        client.client.sock.shutdown(socket.SHUT_WR)  # nobody will open the window for what is left
        client.client.rest()
    assert server.status()["status"] == "ok"
