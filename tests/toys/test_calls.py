"""What toy9 asks of the kernel, in this order and no more, as strace sees it."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

import pytest

from tests.toys.program import Done, sequence, threaded, toy9

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

REFUSED = {
    "epoll": "socket, connect EINPROGRESS, epoll_ctl ADD OUT, wait, getsockopt, epoll_ctl DEL, close",
    "epoll-et": "socket, connect EINPROGRESS, epoll_ctl ADD OUT|ET, wait, getsockopt, epoll_ctl DEL, close",
    "poll": "socket, connect EINPROGRESS, wait, getsockopt, close",
    "select": "socket, connect EINPROGRESS, wait, getsockopt, close",
}
SENT = (
    "socket, connect EINPROGRESS, epoll_ctl ADD OUT, wait, getsockopt, getpeername, getsockname, sendto, "
    "epoll_ctl DEL, close"
)


def run(tmp_path: Path, *arguments: object) -> Done:
    with toy9("connect", *arguments, trace=tmp_path / "strace.txt") as running:
        return running.finish()


@pytest.mark.parametrize("poller", REFUSED)
def test_a_refusal_is_read_once_and_its_socket_unwatched_and_closed(
    tmp_path: Path, closed_port: int, poller: str
) -> None:
    done = run(tmp_path, "127.0.0.1", closed_port, "--poller", poller, "--queue", "hello")
    assert ", ".join(sequence(done.calls)) == REFUSED[poller]


def test_a_success_asks_for_the_names_before_it_writes(tmp_path: Path, listener: socket.socket) -> None:
    done = run(tmp_path, *listener.getsockname(), "--queue", "hello", "--until", "sent")
    assert ", ".join(sequence(done.calls)) == SENT
    assert [call for call in done.calls if "sendto(" in call and "MSG_NOSIGNAL" not in call] == []


def test_the_socket_is_born_without_blocking(tmp_path: Path, closed_port: int) -> None:
    done = run(tmp_path, "127.0.0.1", closed_port)
    assert [call for call in done.calls if re.search(r"socket\(AF_INET, SOCK_STREAM\|[A-Z_|]*SOCK_NONBLOCK", call)]


def test_a_failure_that_is_known_at_once_is_never_watched(tmp_path: Path) -> None:
    done = run(tmp_path, "255.255.255.255", 9)
    assert sequence(done.calls) == ["socket", "connect ENETUNREACH", "close"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_blocking_connect_blocks_also_to_a_name(tmp_path: Path, closed_port: int, host: str) -> None:
    done = run(tmp_path, host, closed_port, "--blocking", "--family", "ipv4", "--timeout", "5")
    assert sequence(done.calls) == ["socket", "setsockopt", "connect ECONNREFUSED", "ioctl", "close"]
    assert done.states == ["connecting", "error"]


def test_a_blocking_connect_is_bounded_by_the_kernel(tmp_path: Path, full_port: int) -> None:
    done = run(tmp_path, "127.0.0.1", full_port, "--blocking", "--timeout", "0.05")
    assert sequence(done.calls) == ["socket", "setsockopt", "connect EINPROGRESS", "ioctl", "close"]
    assert done.status == 14


def test_a_name_is_looked_up_in_a_thread_and_connected_to_in_the_first(tmp_path: Path, closed_port: int) -> None:
    done = run(tmp_path, "localhost", closed_port, "--family", "ipv4")
    calls = threaded(done.calls)
    main = calls[0][0]
    threads = {thread for thread, call in calls if '"/etc/hosts"' in call}
    assert threads
    assert main not in threads
    tcp = [thread for thread, call in calls if f"htons({closed_port})" in call and "EINPROGRESS" in call]
    assert tcp == [main], "the resolver's thread connects UDP sockets where it has several addresses to choose from"


def test_a_literal_address_starts_no_thread(tmp_path: Path, closed_port: int) -> None:
    done = run(tmp_path, "127.0.0.1", closed_port)
    assert len({call.split()[0] for call in done.calls}) == 1
