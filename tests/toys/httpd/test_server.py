"""The server as a library: routes of one's own, in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.toys.httpd.program import Client, httpd
from toys.httpd import Later, Limits, Request, Response, Server, log
from toys.httpd.messages import date
from toys.httpd.mutants import load, names, variant

ASK = "{} {} HTTP/1.1\r\nHost: x\r\nX-Name: value\r\n\r\n"


@contextmanager
def serving(server: Server) -> Iterator[Client]:
    """Until /stop is asked for."""

    def stop(request: Request) -> Response:
        server.stop()
        return Response(204)

    server.get("/stop", stop)
    server.start()
    assert server.listener is not None
    thread = threading.Thread(target=server.run)
    thread.start()
    client = Client("127.0.0.1", server.listener.port)
    try:
        yield client
        client.send(ASK.format("GET", "/stop").encode())
        assert client.answer().status == 204
    finally:
        client.close()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def server() -> Server:
    return Server("127.0.0.1", 0, say=log.silence)


def test_a_handler_gets_the_request_and_its_answer_is_sent(server: Server) -> None:
    def handler(request: Request) -> Response:
        return Response.json([request.path, request.query, request.header("x-name"), request.version])

    server.get("/api/data", handler)
    with serving(server) as client:
        client.send(ASK.format("GET", "/api/data?a=b%20c").encode())
        assert client.answer().body == b'["/api/data", "a=b%20c", "value", "1.1"]\n'


def test_headers_of_an_answer_are_sent(server: Server) -> None:
    server.get("/old", lambda request: Response.of_status(301, ((b"Location", b"/new"),)))
    with serving(server) as client:
        client.send(ASK.format("GET", "/old").encode())
        status, headers, body = client.answer()
        assert (status, headers["location"], body) == (301, "/new", b"301 Moved Permanently\n")


def test_a_handler_that_fails_is_the_servers_fault_and_nobody_elses() -> None:
    said: list[str] = []
    server = Server("127.0.0.1", 0, say=said.append)
    server.get("/broken", lambda request: Response.json(1 // 0))
    with serving(server) as client:
        client.send(ASK.format("GET", "/broken").encode() + ASK.format("GET", "/api/status").encode())
        assert [client.answer().status, client.answer().status] == [500, 200]
    assert said[5] == "a handler failed: ZeroDivisionError: integer division or modulo by zero"


def test_a_handler_may_answer_later_and_other_methods_have_their_own(server: Server) -> None:
    server.get("/thing", lambda request: Later(0.01, Response.text("later")))
    server.route("DELETE", "/thing", lambda request: Response(204))
    with serving(server) as client:
        client.send(ASK.format("GET", "/thing").encode() + ASK.format("DELETE", "/thing").encode())
        assert client.answer().body == b"later"
        answer = client.answer()
        assert (answer.status, "content-length" in answer.headers) == (204, False)


def test_limits_are_those_that_were_given() -> None:
    server = Server("127.0.0.1", 0, say=log.silence, limits=Limits(target_bytes=8, headers=3))
    with serving(server) as client:
        client.send(ASK.format("GET", "/123456").encode())
        assert client.answer().status == 404
        other = Client("127.0.0.1", client.sock.getpeername()[1])
        other.send(ASK.format("GET", "/12345678").encode())
        assert other.answer().status == 414
        other.close()


def test_the_date_is_written_as_http_has_it() -> None:
    assert date(784_111_777) == b"Sun, 06 Nov 1994 08:49:37 GMT"  # the example of RFC 9110, section 5.6.7


@pytest.mark.parametrize("name", names())
def test_every_mutant_is_another_server_and_says_what_its_sin_is(name: str) -> None:
    assert variant(name) != variant("")
    module = load(name)
    assert module.__doc__ == module.SIN
    assert module.CONVICTED_BY
    assert module.EXPOSED_BY


def test_a_mutant_commits_its_sin_outside_of_the_lab_as_well() -> None:
    with httpd("--most-connections", 1, mutant="ignores-the-cap") as server, server.client(), server.client():
        assert server.status()["connections"] == 3
