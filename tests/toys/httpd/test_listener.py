"""Taking connections in: the cap, descriptors that run out, and clients that are gone before they are looked at."""

from __future__ import annotations

import contextlib
import socket
import struct

import pytest

from tests.toys.httpd.program import GET, Client, httpd
from toys.loop import BACKENDS

RESET = struct.pack("ii", 1, 0)
FEW = ("sh", "-c", 'ulimit -n 12; exec "$@"', "sh")


@pytest.mark.parametrize("backend", BACKENDS)
def test_beyond_the_cap_clients_wait_and_are_served_when_a_place_is_free(backend: str) -> None:
    with httpd("--most-connections", 2, "--backend", backend) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(4)]
        for client in clients:
            client.send(GET)
        assert [client.answer().status for client in clients[:2]] == [200, 200]
        assert len(server.facts("connection")) == 2
        for client, next_one in zip(clients, clients[2:], strict=False):
            client.close()
            assert next_one.answer().status == 200


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_descriptors_it_neither_spins_nor_forgets_who_waits(backend: str) -> None:
    with httpd("--backend", backend, before=FEW) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(12)]
        for client in clients:
            client.send(GET)
        assert clients[0].answer().status == 200
        served = len(server.facts("connection"))
        clients.pop(0).close()
        before = server.cpu_ticks()
        for client in clients:
            assert client.answer().status == 200
            client.close()
        assert 0 < served < 12
        assert server.cpu_ticks() - before < 30


def test_a_client_that_resets_at_once_harms_nobody() -> None:
    with httpd() as server:
        for _ in range(20):
            client = Client(server.address, server.port)
            client.send(GET)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
        assert server.status()["connections"] == 1


def test_ipv6_is_served_as_well() -> None:
    with httpd(address="::1") as server, server.client() as client:
        client.send(GET)
        assert client.answer().status == 200
        assert server.facts("connection")[0].startswith("1 [::1]:")


def test_a_thousand_connections_take_little_memory() -> None:
    with httpd() as server, contextlib.ExitStack() as stack:
        for _ in range(999):
            client = stack.enter_context(server.client())
            client.send(GET)
            client.answer()
        assert server.status()["connections"] == 1000
        assert server.memory_kib() <= 16 * 1024
