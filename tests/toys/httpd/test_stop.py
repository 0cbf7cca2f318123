"""Stopping: what was begun is finished, nothing new begins, and everything is closed."""

from __future__ import annotations

import pytest

from tests.toys.httpd.program import GET, Client, httpd

SLOW = b"GET /slow?ms=150 HTTP/1.1\r\nHost: x\r\n\r\n"


def test_on_sigterm_an_answer_that_was_begun_is_finished_and_says_that_it_is_the_last() -> None:
    with httpd() as server, server.client() as busy, server.client() as idle:
        idle.send(GET)
        assert idle.answer().status == 200
        busy.send(SLOW)
        assert server.status()["connections"] == 3
        server.stop()
        assert idle.rest() == b""
        answer = busy.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert busy.rest() == b""
        status, stdout, _ = server.finish()
        assert status == 0
        assert stdout.splitlines()[-1] == "[INFO] Stopped after 3 requests"


def test_while_it_stops_nobody_new_is_taken_in() -> None:
    with httpd() as server, server.client() as busy:
        busy.send(SLOW)
        assert server.status()["connections"] == 2
        server.stop()
        while "draining" not in [line.get("new") for line in server.said()]:
            pass
        with pytest.raises(ConnectionRefusedError):
            Client(server.address, server.port)
        assert busy.answer().status == 200


def test_a_request_that_is_half_there_may_still_come() -> None:
    with httpd() as server, server.client() as client:
        client.send(SLOW[:10])
        assert server.status()["connections"] == 2
        server.stop()
        client.send(SLOW[10:])
        assert client.answer().headers["connection"] == "close"


def test_a_last_answer_that_waits_for_its_client_is_not_cut_off() -> None:
    with httpd() as server, server.client() as client:
        client.send(b"GET /bytes?n=8000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert server.status()["connections"] == 2
        server.stop()
        assert len(client.answer().body) == 8_000_000


def test_what_does_not_finish_in_time_is_cut_off() -> None:
    with httpd("--grace", 0.1) as server, server.client() as client:
        client.send(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.status()["connections"] == 2
        server.stop()
        assert client.rest() == b""
        assert server.finish()[0] == 0


def test_it_can_be_told_to_stop_after_so_many_answers_or_so_much_time() -> None:
    with httpd("--requests", 2) as server, server.client() as client:
        client.send(GET + GET)
        assert [client.answer().status, client.answer().status] == [200, 200]
        assert server.finish()[0] == 0
    with httpd("--for", 0.1) as server:
        assert server.finish()[0] == 0
