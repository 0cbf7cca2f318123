"""TLS: who is trusted, and what ends a handshake before its end."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest

from tests.toys.net_conn.conftest import TRUSTING, StartPeer, Table
from toys.net_conn.connection import Connection, Options
from toys.net_conn.serve import Play
from toys.toy9.resolver import Address


def test_the_good_certificate_makes_a_connection_ready_after_the_handshake(table: Table, peer: StartPeer) -> None:
    connection = table.connect(peer(Play("echo")), tls=True)
    table.until(lambda: bool(table.told))
    assert (table.told, connection.state) == (["ready"], "ready")


@pytest.mark.parametrize(
    ("certificate", "name"),
    [("untrusted", "TLS_UNTRUSTED"), ("expired", "TLS_EXPIRED"), ("wrong-host", "TLS_WRONG_HOST")],
)
def test_a_bad_certificate_is_told_by_what_is_wrong_with_it(
    table: Table, peer: StartPeer, certificate: str, name: str
) -> None:
    connection = table.connect(peer(Play("echo", certificate)), tls=True)
    table.run()
    assert (table.told, connection.state) == ([name], "error")


def test_the_systems_authorities_do_not_know_ours(table: Table, peer: StartPeer) -> None:
    table.connect(peer(Play("echo")), tls=True, options=Options(server_name="good.lab"))
    table.run()
    assert table.told == ["TLS_UNTRUSTED"]


def test_without_another_name_the_certificate_must_be_for_the_host_that_was_dialled(
    table: Table, peer: StartPeer
) -> None:
    table.connect(peer(Play("echo")), tls=True, options=TRUSTING._replace(server_name=""))
    table.connect(peer(Play("echo", "wrong-host")), tls=True, options=TRUSTING._replace(server_name=""))
    table.until(lambda: len(table.told) == 2)
    assert sorted(table.told) == ["TLS_WRONG_HOST", "ready"]


def test_a_name_that_no_certificate_can_have_is_an_error_and_no_crash(table: Table, peer: StartPeer) -> None:
    table.connect(peer(Play("echo")), tls=True, options=TRUSTING._replace(server_name=".lab"))
    table.run()
    assert table.told == ["TLS_FAILED"]


def test_half_an_answer_and_fin_is_told_once(table: Table, peer: StartPeer) -> None:
    connection = table.connect(peer(Play("close-in-handshake")), tls=True)
    table.run()
    assert (table.told, connection.state) == (["TLS_CUT"], "error")


def test_half_an_answer_and_rst_is_told_once(table: Table, peer: StartPeer) -> None:
    connection = table.connect(peer(Play("reset-in-handshake")), tls=True)
    table.run()
    assert (table.told, connection.state) == (["ECONNRESET"], "error")


def test_a_server_that_never_answers_ends_by_the_timer(table: Table, peer: StartPeer) -> None:
    table.connect(peer(Play("silent-in-handshake")), tls=True, options=TRUSTING._replace(timeout_s=0.05))
    table.run()
    assert table.told == ["ETIMEDOUT"]


def test_a_server_that_speaks_something_else_is_told_once(table: Table, peer: StartPeer) -> None:
    table.connect(peer(Play("echo", certificate="", text=b"220 ready\r\n")), tls=True)
    table.run()
    assert table.told == ["TLS_FAILED"]


class Narrow(Connection):
    """Has hardly any room to write."""

    def connected(self, sock: socket.socket, address: Address) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        super().connected(sock, address)


def test_a_handshake_through_a_small_window_waits_for_room(table: Table) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols([f"{number:0200}" for number in range(300)])  # a ClientHello of 60,000 bytes
    got = bytearray()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def read() -> None:
            with listener.accept()[0] as accepted:
                while len(got) < 60_000:
                    got.extend(accepted.recv(4096))

        reader = threading.Thread(target=read)
        reader.start()
        options = TRUSTING._replace(context=context)
        table.connect(listener.getsockname()[1], tls=True, options=options, kind=Narrow)
        table.run()
        reader.join()
    assert len(got) >= 60_000
    assert table.told in (["TLS_CUT"], ["ECONNRESET"]), "nobody answers it; the reader closes"
