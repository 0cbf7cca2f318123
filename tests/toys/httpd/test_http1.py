"""HTTP/1.1 over a real connection, with each backend of the loop."""

from __future__ import annotations

import json
import re

import pytest

from tests.toys.httpd.program import GET, LAST, Served, httpd


def test_a_request_is_answered_with_its_status_headers_and_body(server: Served) -> None:
    with server.client() as client:
        client.send(GET)
        status, headers, body = client.answer()
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert headers["content-type"] == "application/json"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])


def test_the_connection_goes_on_after_an_answer(server: Served) -> None:
    with server.client() as client:
        for _ in range(3):
            client.send(GET)
            assert client.answer().status == 200


def test_a_client_that_says_close_is_answered_and_closed(server: Served) -> None:
    with server.client() as client:
        client.send(LAST)
        assert client.answer().headers["connection"] == "close"
        assert client.rest() == b""


def test_http_1_0_is_closed_after_the_answer_unless_it_asks_to_go_on(server: Served) -> None:
    with server.client() as client:
        client.send(b"GET /api/data HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert client.answer().headers["connection"] == "keep-alive"
        client.send(b"GET /api/data HTTP/1.0\r\n\r\n")
        assert client.answer().headers["connection"] == "close"
        assert client.rest() == b""


def test_pipelined_requests_are_answered_in_their_order(server: Served) -> None:
    paths = ["/bytes?n=16", "/nothing", "/api/data", "/bytes?n=32"]
    with server.client() as client:
        client.send(b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths))
        answers = [client.answer() for _ in paths]
    assert [(answer.status, len(answer.body)) for answer in answers] == [(200, 16), (404, 14), (200, 17), (200, 32)]


def test_a_slow_answer_holds_up_those_behind_it(server: Served) -> None:
    with server.client() as client:
        client.send(
            b"GET /slow?ms=30 HTTP/1.1\r\nHost: x\r\n\r\n" + GET + b"GET /slow?ms=1 HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        assert [client.answer().body for _ in range(3)] == [b"done\n", b'{"status": "ok"}\n', b"done\n"]


def test_a_slow_answer_holds_up_no_other_client() -> None:
    with httpd("--grace", 0.1) as server, server.client() as slow, server.client() as quick:
        slow.send(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        quick.send(GET)
        assert quick.answer().status == 200


def test_while_an_answer_is_waited_for_no_more_is_read_of_its_client() -> None:
    with httpd("--grace", 0.1) as server, server.client() as client:
        client.send(GET.replace(b"api/data", b"slow?ms=60000") + GET * 10_000)
        asked = max(len(server.facts("request")) for _ in range(20) if server.status())
        assert asked < 65_536 / len(GET) + 20 + 1


def test_a_request_that_comes_byte_by_byte_is_answered(server: Served) -> None:
    with server.client() as client:
        for place in range(len(GET)):
            client.send(GET[place : place + 1])
        assert client.answer().status == 200


def test_head_has_the_head_of_get_and_no_body(server: Served) -> None:
    with server.client() as client:
        client.send(GET.replace(b"GET", b"HEAD") + LAST)
        head = client.answer(to_head=True)
        get = client.answer()
    assert (head.status, head.headers["content-length"]) == (200, str(len(get.body)))


def test_a_body_of_known_length_is_taken_whole(server: Served) -> None:
    with server.client() as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        client.send(b"56789")
        assert client.answer().body == b"0123456789"


def test_a_chunked_body_is_put_together_and_its_trailers_are_no_headers(server: Served) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.client() as client:
        client.send(head + b"5\r\nhello\r\n1;name=value\r\n \r\n5\r\nworld\r\n0\r\nHost: twice\r\n\r\n" + GET)
        assert client.answer().body == b"hello world"
        assert client.answer().status == 200


def test_a_client_that_expects_it_is_told_to_continue(server: Served) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    with server.client() as client:
        client.send(head)
        assert client.answer().status == 100
        client.send(b"hello")
        assert client.answer().body == b"hello"


def test_a_client_that_sent_its_body_at_once_is_not_told_to_continue(server: Served) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    with server.client() as client:
        client.send(head + b"hello")
        assert client.answer().status == 200


def test_a_client_that_ends_its_side_is_still_answered(server: Served) -> None:
    with server.client() as client:
        client.send(b"GET /slow?ms=20 HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        client.end()
        assert [client.answer().status, client.answer().status] == [200, 200]
        assert client.rest() == b""


def test_a_client_that_ends_its_side_with_its_request_is_answered_and_closed(server: Served) -> None:
    for _ in range(50):  # now and then both are there when the server looks, which is one edge
        with server.client() as client:
            client.send(GET)
            client.end()
            assert client.answer().status == 200
            assert client.rest() == b""


def test_a_large_answer_arrives_whole_at_a_client_that_reads_late(server: Served) -> None:
    with server.client() as client:
        client.send(b"GET /bytes?n=4000000 HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + LAST)
        assert server.status()["status"] == "ok"  # the server is not held up meanwhile
        assert client.answer().body == b"0123456789abcdef" * 250_000
        assert len(client.answer().body) == 4_000_000
        assert client.answer().status == 200


def test_a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has(server: Served) -> None:
    with server.client() as client:
        client.send(b"DELETE /api/data HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, _ = client.answer()
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_options_tells_the_methods_and_has_no_body(server: Served) -> None:
    with server.client() as client:
        client.send(b"OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = client.answer()
        assert (answer.status, answer.headers["allow"]) == (204, "OPTIONS, POST")
        assert "content-length" not in answer.headers
        assert client.answer().status == 204


def test_a_number_of_thousands_of_digits_is_no_fault_of_the_server(server: Served) -> None:
    with server.client() as client:
        client.send(b"GET /slow?ms=%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (b"0" * 5000))
        assert client.answer().status == 200


def test_a_target_in_absolute_form_is_understood(server: Served) -> None:
    with server.client() as client:
        client.send(b"GET http://x/api/data?q=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status == 200


def test_a_wish_to_upgrade_is_ignored_and_the_connection_goes_on(server: Served) -> None:
    with server.client() as client:
        client.send(GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" + GET)
        assert [client.answer().status, client.answer().status] == [200, 200]


REFUSED = {
    "no request at all": (b"what\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a bad chunk": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "a body that is too large": (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
    "chunks that are too large": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" + b"x" * 65_537, 413),
    "a target that is too long": (b"GET /" + b"a" * 8_192 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "an expectation nobody knows": (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417),
    "too many headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * 100 + b"\r\n", 431),
    "a head that is too large": (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    "a head that never ends": (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 200_000, 431),
    "another major version": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_or_makes_no_sense_is_refused_and_the_connection_ends(server: Served, name: str) -> None:
    sent, status = REFUSED[name]
    with server.client() as client:
        client.send(GET + sent)
        assert client.answer().status == 200
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert client.rest() == b""


def test_a_refusal_is_followed_by_an_end_and_not_by_a_reset(server: Served) -> None:
    with server.client() as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        assert client.answer().status == 413
        client.send(b"x" * 50_000)
        client.send(b"x" * 50_000)
        client.end()
        assert client.sock.recv(1) == b""


def test_nothing_is_left_of_clients_that_have_gone(server: Served) -> None:
    assert any(server.status()["connections"] == 1 for _ in range(50))
