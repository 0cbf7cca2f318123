"""TLS: the same room, sealed; an end or a mistake in the middle of a handshake harms nobody."""

from __future__ import annotations

import shutil
import socket
import ssl
import struct
import subprocess
from pathlib import Path

import pytest

from tests.toys.chat.conftest import House
from tests.toys.chat.program import chat, served
from toys.chat import tls
from toys.loop import BACKENDS

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl(1) is not installed")

RESET = struct.pack("ii", 1, 0)
"""struct linger, on and 0 seconds: close() sends RST (socket(7), SO_LINGER)."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, which is its own authority, and its key."""
    place = tmp_path_factory.mktemp("tls")
    key, certificate = place / "key.pem", place / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout"
    )
    subprocess.run([*command.split(), str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_words_are_said_over_tls(files: tuple[Path, Path], backend: str) -> None:
    certificate, key = files
    options = ("--backend", backend, "--tls", "--ca", certificate)
    with served("--tls-cert", certificate, "--tls-key", key, "--until-empty", "--backend", backend) as (server, port):
        with chat("client", "localhost", port, *options) as one, chat("client", "127.0.0.1", port, *options) as two:
            one.wait_for("welcome")
            two.wait_for("welcome")
            one.type("hello\n")
            two.wait_for("] hello")
            two.type("x" * 1000 + "\n")
            one.wait_for("x" * 1000)
            one.type("/quit\n")
            one.finish()
            two.wait_for("left")
            two.type("/quit\n")
            two.finish()
        server.finish()


def test_the_test_certificates_need_no_files() -> None:
    trusting = ("--tls", "--ca", "test", "--server-name", "good.lab")
    with served("--certificate", "good", "--until-empty") as (server, port):
        with chat("client", "127.0.0.1", port, *trusting, "--say", "/quit", "--stay") as one:
            assert "* bye" in one.finish()
        server.finish()


def test_a_certificate_for_somebody_else_is_refused() -> None:
    with served("--certificate", "wrong-host", "--until-empty") as (server, port):
        with chat("client", "127.0.0.1", port, "--tls", "--ca", "test", "--server-name", "good.lab") as one:
            assert one.finish(1) == "* the connection is lost: CERTIFICATE_VERIFY_FAILED\n"
        server.finish()


def test_a_certificate_that_is_not_trusted_ends_it_before_anything_is_said(files: tuple[Path, Path]) -> None:
    certificate, key = files
    with served("--tls-cert", certificate, "--tls-key", key, "--until-empty") as (server, port):
        with chat("client", "localhost", port, "--tls") as one:
            assert one.finish(1) == "* the connection is lost: CERTIFICATE_VERIFY_FAILED\n"
        assert "joined" not in server.finish()


@pytest.fixture
def sealed(files: tuple[Path, Path]) -> House:
    certificate, key = files
    return House("epoll-et", tls=tls.serving(str(certificate), str(key)))


def shaken(house: House, files: tuple[Path, Path]) -> ssl.SSLSocket:
    """Both sides know that the handshake is over."""
    wrapped = half_shaken(house, files)
    house.settle()
    return wrapped


def half_shaken(house: House, files: tuple[Path, Path]) -> ssl.SSLSocket:
    """The server has still to read the client's last word. A blocking client needs a server that turns meanwhile."""
    context = ssl.create_default_context(cafile=str(files[0]))
    caller = house.call()
    caller.socket.setblocking(False)
    wrapped = context.wrap_socket(caller.socket, server_hostname="localhost", do_handshake_on_connect=False)
    caller.socket = wrapped
    while True:
        try:
            wrapped.do_handshake()
            return wrapped
        except ssl.SSLWantReadError:
            house.settle(1)


def test_nobody_is_in_the_room_before_the_handshake_is_over(sealed: House, files: tuple[Path, Path]) -> None:
    sealed.call()
    sealed.settle()
    assert sealed.server.room.members == {}
    inside = shaken(sealed, files)
    assert len(sealed.server.room.members) == 1
    assert inside.recv(1000).startswith(b"* welcome, Client 6; 1 here")
    sealed.close()


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\n", b""])
def test_who_does_not_talk_tls_is_gone_without_having_been_there(
    sealed: House, files: tuple[Path, Path], data: bytes
) -> None:
    inside = shaken(sealed, files)
    inside.recv(1000)
    caller = sealed.call()
    caller.send(data)
    caller.socket.shutdown(socket.SHUT_WR)
    sealed.settle()
    assert len(sealed.server._guests) == 1
    with pytest.raises(ssl.SSLWantReadError):
        inside.recv(1000)
    sealed.close()


@pytest.mark.parametrize("more", [b"", b"hello\n"])
def test_who_resets_as_soon_as_the_handshake_is_over_harms_nobody(
    sealed: House, files: tuple[Path, Path], more: bytes
) -> None:
    inside = shaken(sealed, files)
    inside.recv(1000)
    caller = half_shaken(sealed, files)
    if more:
        caller.send(more)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    caller.close()
    sealed.settle()
    assert len(sealed.server._guests) == 1
    with pytest.raises(ssl.SSLWantReadError):
        inside.recv(1000)
    sealed.close()


def test_a_large_turn_is_sealed_whole(sealed: House, files: tuple[Path, Path]) -> None:
    one, two = shaken(sealed, files), shaken(sealed, files)
    one.send(b"".join(b"%d %s\n" % (number, b"x" * 900) for number in range(100)))
    heard = b""
    while heard.count(b"x\n") < 100:
        sealed.settle(1)
        try:
            heard += two.recv(1 << 16)
        except ssl.SSLWantReadError:
            continue
    assert b"[Client 5] 99 xxx" in heard
    sealed.close()
