"""Deadlines: who does nothing, who is too slow, and who takes nothing."""

from __future__ import annotations

import time

import pytest

from tests.toys.httpd.program import GET, Client, httpd

SLOW = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


def test_an_idle_connection_is_closed_and_not_before_its_time() -> None:
    with httpd("--idle-timeout", 0.5) as server, server.client() as silent, server.client() as asked:
        begun = time.monotonic()
        asked.send(GET)
        assert asked.answer().status == 200
        assert (silent.rest(), asked.rest()) == (b"", b"")
        assert time.monotonic() - begun >= 0.5
        server.stop()
        server.finish()
        assert [fact.split()[1] for fact in server.facts("ended")] == ["idle", "idle"]


def test_each_request_puts_the_idle_timeout_off() -> None:
    with httpd("--idle-timeout", 0.3) as server, server.client() as client:
        begun = time.monotonic()
        while time.monotonic() - begun < 0.7:
            client.send(b"GET /slow?ms=100 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.answer().status == 200


@pytest.mark.parametrize(("head", "option"), [(b"GET /", "--header-timeout"), (SLOW, "--body-timeout")])
def test_one_byte_after_the_other_does_not_put_the_deadline_of_a_request_off(head: bytes, option: str) -> None:
    with httpd(option, 0.2) as server, server.client() as client:
        client.send(head)
        client.sock.settimeout(0.02)
        while (answer := _heard(client)) is None:
            client.send(b"A")
        assert answer == b"HTTP/1.1 408"


@pytest.mark.parametrize("begun", [b"P", b"PR", b"PRI * HTTP/2.0\r\n\r\n"])
def test_what_may_still_become_either_protocol_is_not_waited_for_any_longer(begun: bytes) -> None:
    with httpd("--header-timeout", 0.2) as server, server.client() as client:
        client.send(begun)
        assert client.answer().status in (400, 408)
        assert client.rest() == b""


def _heard(client: Client) -> bytes | None:
    """The start of an answer, if there is one within a moment."""
    try:
        return client.sock.recv(12)
    except TimeoutError:
        return None


def test_a_client_that_takes_nothing_of_its_answer_is_closed() -> None:
    with httpd("--idle-timeout", 0.2) as server, server.client() as client:
        client.send(b"GET /bytes?n=16000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        while not server.facts("ended"):
            assert server.status()["status"] == "ok"
        assert server.facts("ended")[-1].endswith(("output", "done"))


def test_a_slow_answer_is_not_taken_for_an_idle_client() -> None:
    with httpd("--idle-timeout", 0.4) as server, server.client() as client:
        client.send(b"GET /slow?ms=800 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().body == b"done\n"
