"""calls makes the calls that it is told to make, prints what they return, and decides nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from harness.verbs import USAGES
from toys.calls.frames import packed
from toys.calls.script import octets
from toys.calls.verbs import VERBS

Run = Callable[..., list[str]]


@pytest.fixture
def run() -> Run:
    """The lines that a script prints. Its sockets are closed by the end of its process, so it has one of its own."""

    def played(*lines: str, status: int = 0) -> list[str]:
        command = [sys.executable, "-m", "toys.calls", *lines]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == status, done.stderr
        return (done.stderr if status else done.stdout).splitlines()

    return played


@pytest.fixture
def port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def test_a_refused_connect_is_told_call_by_call(run: Run, port: str) -> None:
    target = f"127.0.0.1 {_closed()}"
    told = run(
        "socket a ipv4", f"connect a {target}", "watch a IN|OUT|RDHUP", "wait", "getsockopt a SO_ERROR", "wait 0"
    )
    assert [line.partition(" = ")[2] for line in told] == [
        "0", "EINPROGRESS", "0", "a IN|OUT|ERR|HUP|RDHUP", "ECONNREFUSED", "a IN|OUT|HUP|RDHUP",
    ]  # fmt: skip


def test_a_conversation_of_two_sockets_of_one_script(run: Run) -> None:
    free = _closed()
    told = run(
        "socket l ipv4", f"bind l 127.0.0.1 {free}", "listen l 5", "socket a ipv4", f"connect a 127.0.0.1 {free}",
        "watch l IN", "wait", "accept l b", r"send a hello\r\n", "shutdown a WR", "drain b", "getpeername a", "close a",
    )  # fmt: skip
    assert told[-7:] == [
        "wait = l IN", "accept l b = 127.0.0.1", r"send a hello\r\n = 7", "shutdown a WR = 0", "drain b = 7 EOF",
        f"getpeername a = 127.0.0.1 {free}", "close a = 0",
    ]  # fmt: skip


def test_poll_and_select_tell_of_one_socket(run: Run, port: str) -> None:
    told = run("socket a ipv4 blocking", f"connect a 127.0.0.1 {port}", "poll a IN|OUT", "select a", "select a 0")
    assert told[2:] == ["poll a IN|OUT = OUT", "select a = writable", "select a 0 = writable"]


def test_a_watch_that_is_repeated_changes_the_first(run: Run, port: str) -> None:
    lines = (
        "socket a ipv4 blocking",
        f"connect a 127.0.0.1 {port}",
        "watch a OUT",
        "watch a IN",
        "wait 0",
        "unwatch a",
    )
    assert run(*lines)[2:] == ["watch a OUT = 0", "watch a IN = 0", "wait 0 = timeout", "unwatch a = 0"]


def test_a_call_can_be_made_several_times(run: Run) -> None:
    assert run("socket a ipv4", "3x getsockopt a SO_ERROR")[1:] == ["getsockopt a SO_ERROR = 0"] * 3


def test_an_error_stops_nothing(run: Run) -> None:
    told = run("socket a ipv4", "getpeername a", "close a", "close a")
    assert [line.partition(" = ")[2] for line in told] == ["0", "ENOTCONN", "0", "there is no socket 'a'"]


def test_a_descriptor_that_was_closed_is_told_of_while_a_duplicate_is_open(run: Run, port: str) -> None:
    told = run("socket a ipv4 blocking", f"connect a 127.0.0.1 {port}", "watch a OUT", "dup a b", "close a", "wait 100")
    assert told[-1] == "wait 100 = a closed descriptor OUT"


def test_a_socket_without_linger_is_reset_by_its_close(run: Run) -> None:
    free = _closed()
    told = run(
        "socket l ipv4", f"bind l 127.0.0.1 {free}", "listen l 5", "socket a ipv4 blocking",
        f"connect a 127.0.0.1 {free}", "accept l b", "linger a 0", "close a", "recv b",
    )  # fmt: skip
    assert told[-1] == "recv b = ECONNRESET"


def test_a_blocking_socket_has_patience(run: Run, port: str) -> None:
    told = run("socket a ipv4 blocking", f"connect a 127.0.0.1 {port}", "patience a SO_RCVTIMEO 20", "recv a")
    assert told[-2:] == ["patience a SO_RCVTIMEO 20 = 0", "recv a = EAGAIN"]


def test_a_name_is_looked_up_by_the_system(run: Run) -> None:
    assert run("resolve 127.1 ipv4") == ["resolve 127.1 ipv4 = 127.0.0.1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("conect a 127.0.0.1 9", "calls: there is no call 'conect' in 'conect a 127.0.0.1 9'; did you mean 'connect'?"),
        ("close", "calls: 'close' is not how it is written; it is: close NAME"),
        ("frames a DATUM 1 x", "calls: there is no kind of frame 'DATUM'; did you mean 'DATA'?"),
        ("frames a DATA+END_STREM 1", "calls: there is no flag 'END_STREM'; did you mean 'END_STREAM'?"),
        ("frames a DATA", "calls: 'DATA' is no frame; write KIND[:LENGTH][+FLAG...] STREAM [PAYLOAD]"),
        ("frames a 300 1", "calls: '300 1' has a number that is too large for its place in a frame"),
    ],
)
def test_a_line_that_is_no_call_is_refused_before_any_is_made(run: Run, line: str, said: str) -> None:
    assert run("socket a ipv4", line, status=2) == [said]


def test_escapes_of_a_text_become_bytes() -> None:
    assert octets(r"GET / HTTP/1.1\r\n\x00\\ü") == "GET / HTTP/1.1\r\n\0\\ü".encode()


def test_frames_become_bytes() -> None:
    text = r"HEADERS+END_STREAM+END_HEADERS 1 \x82\x86 ; DATA:16385 3 a;b ; 22+9 2147483648"
    assert packed(text).split(b"\x82\x86") == [
        b"\0\0\2\1\5\0\0\0\1", b"\0\x40\1\0\0\0\0\0\3a;b" + b"\0\0\0\x16\x09\x80\0\0\0",
    ]  # fmt: skip


def test_the_harness_knows_the_same_calls() -> None:
    assert {verb.usage for verb in VERBS.values()} == set(USAGES.values())


def _closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_socket_may_be_watched_by_several_pollers(run: Run, port: str) -> None:
    told = run(
        "socket a ipv4 blocking", f"connect a 127.0.0.1 {port}", "epoll one", "watch a OUT", "epoll two", "watch a IN",
        "wait 0", "epoll one", "wait 0",
    )  # fmt: skip
    assert told[-3:] == ["wait 0 = timeout", "epoll one = 0", "wait 0 = a OUT"]


def test_who_waits_aside_holds_up_nobody(run: Run) -> None:
    assert run("socket a ipv4", "watch a 0", "unwatch a", "aside", "close a")[-2:] == ["aside = 0", "close a = 0"]
