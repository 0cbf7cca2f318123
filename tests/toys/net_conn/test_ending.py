"""How a connection that was ready ends: by a reset, by a cut, and in a callback."""

from __future__ import annotations

import ssl

import pytest

from tests.toys.net_conn.conftest import TRUSTING, StartPeer, Table
from tests.toys.net_conn.ends import SECURE, Reader, Writer, play
from toys.net_conn import certificates, errors
from toys.net_conn.connection import Connection


@SECURE
def test_a_reset_is_told_once_to_a_reader(table: Table, peer: StartPeer, tls: bool) -> None:
    table.then = Reader().start
    connection = table.connect(peer(play("reset", tls=tls)), tls=tls)
    table.run()
    assert connection.state == "error"
    assert table.told in (["ready", "ECONNRESET"], ["ECONNRESET"]), "it may come before anybody looks"


@SECURE
def test_a_reset_is_told_once_to_a_writer(table: Table, peer: StartPeer, tls: bool) -> None:
    table.then = Writer(bytes(50_000_000)).start
    connection = table.connect(peer(play("reset", tls=tls)), tls=tls)
    table.run()
    assert connection.state == "error"
    assert table.told in (["ready", "ECONNRESET"], ["ECONNRESET"]), "it may come before anybody looks"


@pytest.mark.parametrize("options", [0, ssl.OP_IGNORE_UNEXPECTED_EOF], ids=["strict", "as-before-3.11.3"])
def test_fin_without_close_notify_is_no_end_of_tls(table: Table, peer: StartPeer, options: int) -> None:
    context = ssl.create_default_context(cafile=certificates.AUTHORITY)
    context.options |= options
    reader = Reader()
    table.then = reader.start
    table.connect(peer(play("cut", tls=True, text=b"hello")), tls=True, options=TRUSTING._replace(context=context))
    table.run()
    assert (table.told, b"".join(reader.got)) == (["ready", "TLS_CUT"], b"hello")


@pytest.mark.parametrize("kind", [ssl.SSLError, ssl.SSLEOFError])
def test_a_cut_has_one_name_whatever_python_calls_it(kind: type[ssl.SSLError]) -> None:
    error = kind(ssl.SSL_ERROR_SSL, "unexpected eof while reading")
    error.reason = "UNEXPECTED_EOF_WHILE_READING"
    assert errors.of_error(error) is errors.CUT


@SECURE
def test_closing_in_a_callback_is_the_last_that_is_called(table: Table, peer: StartPeer, tls: bool) -> None:
    called: list[str] = []

    def close(connection: Connection) -> None:
        called.append("readable")
        connection.close()

    def start(connection: Connection) -> None:
        connection.set_writable(lambda c: called.append("writable"))
        connection.set_readable(close)

    connection = table.connect(peer(play("echo", tls=tls, text=b"hello")), tls=tls)
    table.then = start
    table.run()
    assert (called[-1], connection.state) == ("readable", "closed")
