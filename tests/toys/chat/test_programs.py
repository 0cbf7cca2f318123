"""The server and the client as programs: by terminal, by pipe, by signal."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess

import pytest

from tests.toys.chat.program import chat, served
from toys.loop import BACKENDS


@pytest.mark.parametrize("backend", BACKENDS)
def test_three_terminals(backend: str) -> None:
    with (
        served("--backend", backend, "--until-empty") as (server, port),
        chat("client", "127.0.0.1", port, "--backend", backend) as one,
    ):
        one.wait_for("welcome, Client 5")
        with chat("client", "localhost", port, "--nick", "berta", "--backend", backend) as two:
            two.wait_for("you are berta now")
            one.type("Hello everyone!\n")
            two.wait_for("[Client 5] Hello everyone!")
            two.type("Hey there!\n")
            one.wait_for("[berta] Hey there!")
            two.type("/quit\n")
            assert two.finish().endswith("* bye\n")
        one.wait_for("berta left")
        one.type("/quit\n")
        one.finish()
        assert server.finish() == (
            f"[CHAT SERVER] Listening on port {port}...\n[Server] New client joined (5)\n"
            "[Server] New client joined (6)\n[Client 5] Hello everyone!\n[berta] Hey there!\n"
            "[Server] berta left (6)\n[Server] Client 5 left (5)\n"
        )


def test_what_comes_through_a_pipe_is_said_and_its_end_is_the_end() -> None:
    with served("--until-empty") as (server, port), chat("client", "127.0.0.1", port) as one:
        one.type("from a pipe\nand more")
        assert one.process.stdin is not None
        one.process.stdin.close()
        one.process.stdin = None
        one.finish()
        assert "[Client 5] from a pipe\n[Client 5] and more\n" in server.finish()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_file_for_stdin_is_said_although_epoll_will_not_watch_it(
    backend: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("said") / "lines.txt"
    file.write_text("".join(f"line {number}\n" for number in range(1000)))
    with served("--until-empty") as (server, port), file.open() as stdin:
        with chat("client", "127.0.0.1", port, "--backend", backend, stdin=stdin.fileno()) as one:
            one.finish()
        said = server.finish()
    assert re.findall(r"line (\d+)", said) == [str(number) for number in range(1000)]


def test_with_stay_the_end_of_stdin_is_not_the_end() -> None:
    with (
        served("--until-empty") as (_, port),
        chat("client", "127.0.0.1", port, "--stay", stdin=subprocess.DEVNULL) as one,
    ):
        one.wait_for("welcome")
        with chat("client", "127.0.0.1", port, "--say", "hello", stdin=subprocess.DEVNULL) as two:
            two.finish()
        one.wait_for("hello")
        one.wait_for("left")
        assert one.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_all_are_told(number: int) -> None:
    with served() as (server, port), chat("client", "127.0.0.1", port) as one:
        one.wait_for("welcome")
        server.process.send_signal(number)
        one.wait_for("* the server ends")
        one.finish()
        server.finish()


def test_a_client_who_ignores_the_end_does_not_keep_the_server() -> None:
    with served() as (server, port), socket.create_connection(("127.0.0.1", port)) as stubborn:
        stubborn.recv(100)
        server.process.send_signal(signal.SIGTERM)
        server.finish()


def test_a_server_whose_output_nobody_reads_goes_on_serving() -> None:
    """Its stdout is a pipe that is full: whoever writes there in the usual way stands still."""
    with served() as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as one, socket.create_connection(("127.0.0.1", port)) as two:
            two.settimeout(30)
            heard = b""
            for _ in range(300):
                one.sendall(b"x" * 1000 + b"\n")
                while not heard.endswith(b"x\n"):
                    heard += two.recv(1 << 16)
                heard = b""
        server.process.send_signal(signal.SIGTERM)
        server.finish()


def test_the_terminals_own_description_stays_blocking() -> None:
    with served() as (server, _):
        assert server.process.stdout is not None
        flags = os.get_blocking(server.process.stdout.fileno())
        assert flags
        fdinfo = os.readlink(f"/proc/{server.process.pid}/fd/1")
        assert fdinfo.startswith("pipe:")
        with open(f"/proc/{server.process.pid}/fdinfo/1") as info:
            octal = re.search(r"flags:\s+(\d+)", info.read())
        assert octal is not None
        assert not int(octal[1], 8) & os.O_NONBLOCK


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with chat("server", "127.0.0.1", port) as server:
            _, stderr = server.process.communicate()
            assert (server.process.returncode, stderr) == (
                1, f"chat: cannot listen on 127.0.0.1, port {port}: Address already in use\n",
            )  # fmt: skip


def test_a_server_that_is_not_there_is_told(closed_port: int) -> None:
    with chat("client", "127.0.0.1", closed_port) as client:
        assert client.finish(1) == "* cannot connect: ECONNREFUSED\n"


def test_a_lost_connection_is_no_good_end() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        chat("client", "127.0.0.1", listener.getsockname()[1], "--say", "hello") as client,
    ):
        accepted, _ = listener.accept()
        accepted.recv(100)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        accepted.close()
        client.wait_for("* the connection is lost: ECONNRESET")
        client.finish(1)


def test_what_a_server_says_does_not_move_the_clients_terminal() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        chat("client", "127.0.0.1", listener.getsockname()[1]) as client,
    ):
        accepted, _ = listener.accept()
        accepted.sendall(b"\x1b[2Jgone\n")
        accepted.close()
        assert client.finish() == "␛[2Jgone\n"
