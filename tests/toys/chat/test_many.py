"""From three clients to a thousand: no line is lost, none comes twice, and memory stays where it is."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.toys.chat.program import Program, served

SPEAKERS = 32


@contextmanager
def callers(port: int, count: int) -> Iterator[list[socket.socket]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            found.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
            found[-1].settimeout(60)
        yield found
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Ear:
    """Reads one client's lines, whole."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._rest = sock, b""

    def lines(self, count: int) -> list[str]:
        """The next so many lines that somebody said."""
        found: list[bytes] = []
        while len(found) < count:
            *whole, self._rest = (self._rest + self._sock.recv(1 << 16)).split(b"\n")
            found += [line for line in whole if line.startswith(b"[")]
        assert len(found) == count, "more was heard than was said"
        return [line.decode() for line in found]


@pytest.mark.parametrize("count", [3, 10, 100, 1000])
@pytest.mark.parametrize("backend", ["epoll", "epoll-et", "poll"])
def test_every_line_reaches_everybody_else_once_and_in_its_speakers_order(backend: str, count: int) -> None:
    speakers = min(SPEAKERS, count)
    with served("--backend", backend) as (_, port), callers(port, count) as room:
        ears = [Ear(sock) for sock in room]
        for number, sock in enumerate(room[:speakers]):
            sock.sendall(b"".join(b"%d says %d\n" % (number, line) for line in range(5)))
        for number, ear in enumerate(ears):
            heard = [line.partition("] ")[2] for line in ear.lines(5 * (speakers - (number < speakers)))]
            for speaker in set(range(speakers)) - {number}:
                said = [line for line in heard if line.startswith(f"{speaker} says")]
                assert said == [f"{speaker} says {line}" for line in range(5)]


def resident_kib(program: Program) -> int:
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def test_memory_does_not_grow_with_what_is_said() -> None:
    with served() as (server, port), callers(port, 100) as room:
        ears = [Ear(sock) for sock in room]
        sizes = []
        for _ in range(20):
            for sock in room[:10]:
                sock.sendall(b"".join(b"%05d\n" % line for line in range(100)))
            for number, ear in enumerate(ears):
                ear.lines(100 * (10 - (number < 10)))
            sizes.append(resident_kib(server))
        assert max(sizes[10:]) - max(sizes[:10]) < 512


def test_memory_does_not_grow_with_who_comes_and_goes() -> None:
    with served() as (server, port):
        sizes = []
        for _ in range(10):
            with callers(port, 100) as room:
                for sock in room:
                    assert sock.recv(1)
            with callers(port, 1) as [last]:
                while b"1 here" not in last.recv(1000):
                    last.sendall(b"/list\n")
            sizes.append(resident_kib(server))
        assert max(sizes[5:]) - max(sizes[:5]) < 512
