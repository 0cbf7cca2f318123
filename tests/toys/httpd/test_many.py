"""Many clients at once, and many one after the other: no request is lost, and what a client cost is given back."""

from __future__ import annotations

import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.toys.httpd.program import Client, Served, httpd
from toys.loop import BACKENDS

POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
RESET = struct.pack("ii", 1, 0)
"""struct linger, on and 0 seconds: close() sends RST (socket(7), SO_LINGER)."""
SOFT_LIMIT = ("sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh")


@contextmanager
def clients(server: Served, count: int) -> Iterator[list[Client]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        yield [stack.enter_context(server.client()) for _ in range(count)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("count", [10, 1000])
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_request_of_every_client_is_answered_once_and_in_order(backend: str, count: int) -> None:
    count = min(count, 900) if backend == "select" else count
    with httpd("--backend", backend) as server, clients(server, count) as everybody:
        for number, client in enumerate(everybody):
            asked = [b"%d of %d" % (place, number) for place in range(5)]
            client.send(b"".join(POST % (len(body), body) for body in asked))
        for number, client in enumerate(everybody):
            assert [client.answer().body for _ in range(5)] == [b"%d of %d" % (place, number) for place in range(5)]
            client.end()
        assert {client.rest() for client in everybody} == {b""}


def test_more_descriptors_than_usual_are_taken_where_they_are_allowed() -> None:
    with httpd("--most-connections", 200, before=SOFT_LIMIT) as server, clients(server, 199):
        assert server.status()["connections"] == 200


def test_what_a_client_did_not_take_is_not_kept_when_it_is_gone() -> None:
    """Its deadline is still to come, and must not hold what it left."""
    with httpd("--idle-timeout", 600) as server:
        before = server.memory_kib()
        for _ in range(30):
            with server.client() as client:
                client.send(b"GET /bytes?n=8000000 HTTP/1.1\r\nHost: x\r\n\r\n")
                assert client.sock.recv(4)
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        assert server.status()["connections"] == 1
        assert server.memory_kib() - before < 60_000  # four of them, for what the allocator keeps
