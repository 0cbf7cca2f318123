"""TLS and its ends: each side says when it ends, and hears the other one say so (RFC 8446, section 6.1)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.toys.httpd.program import GET, LAST, PATIENCE_S, Served, httpd
from toys.httpd import cli

AUTHORITY = Path(__file__).parents[3] / "toys" / "net_conn" / "certificates" / "authority.pem"


class Engine:
    """A client's end of TLS in its own hands: close_notify and FIN are two things, and each can be left out."""

    def __init__(self, server: Served, protocols: list[str]) -> None:
        context = ssl.create_default_context(cafile=str(AUTHORITY))
        context.set_alpn_protocols(protocols)
        self.sock = socket.create_connection((server.address, server.port), timeout=PATIENCE_S)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="127.0.0.1")
        self._shake()

    @property
    def agreed(self) -> str | None:
        return self._tls.selected_alpn_protocol()

    def _shake(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._in.write(self.sock.recv(65_536))
            else:
                self._flush()
                return

    def send(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def say_goodbye(self) -> None:
        """close_notify, and no FIN."""
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            self._flush()

    def read_to_goodbye(self) -> bytes:
        """Everything up to close_notify; AssertionError if TCP ends before it."""
        whole = b""
        while True:
            try:
                data = self._tls.read(65_536)
            except ssl.SSLWantReadError:
                arrived = self.sock.recv(65_536)
                assert arrived, "TCP was ended, and TLS was not"
                self._in.write(arrived)
            except ssl.SSLZeroReturnError:
                return whole
            else:
                if not data:
                    return whole
                whole += data

    def _flush(self) -> None:
        self.sock.sendall(self._out.read())

    def close(self) -> None:
        self.sock.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with httpd("--certificate", "good") as running:
        yield running


@pytest.mark.parametrize(
    ("offered", "agreed"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), (["spdy/1"], None), ([], None)]
)
def test_alpn_agrees_upon_what_both_know(server: Served, offered: list[str], agreed: str | None) -> None:
    with closing(Engine(server, offered)) as client:
        assert client.agreed == agreed


def test_the_server_says_close_notify_before_its_fin(server: Served) -> None:
    with closing(Engine(server, [])) as client:
        client.send(LAST)
        assert client.read_to_goodbye().endswith(b'{"status": "ok"}\n')
        assert client.sock.recv(1) == b""


def test_the_server_says_close_notify_to_an_idle_client_too() -> None:
    with httpd("--certificate", "good", "--idle-timeout", 0.5) as strict, closing(Engine(strict, [])) as client:
        client.send(GET)
        assert client.read_to_goodbye().endswith(b'{"status": "ok"}\n')
        assert client.sock.recv(1) == b""


def test_close_notify_ends_a_connection_though_no_fin_follows() -> None:
    with httpd("--certificate", "good") as patient, closing(Engine(patient, [])) as client:
        client.send(GET)
        client.say_goodbye()
        assert client.read_to_goodbye().endswith(b'{"status": "ok"}\n')
        assert client.sock.recv(1) == b"", "the server has closed, long before its idle timeout"


def test_a_certificate_that_does_not_exist_is_a_mistake_of_the_command() -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["127.0.0.1", "0", "--certificate", "best"])
    assert left.value.code == 2
