"""httpd as a program of its own, and clients that send exactly what they are told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("httptools", reason="httpd needs httptools: pip install 'toylab[http]'")

PATIENCE_S = 20
COMMAND = (sys.executable, "-m", "toys.httpd")
ROOT = str(Path(__file__).parents[3])
GET = b"GET /api/data HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /api/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Answer(NamedTuple):
    """`headers` by lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection, read as a stream of answers."""

    def __init__(self, address: str, port: int) -> None:
        self.sock = socket.create_connection((address, port), timeout=PATIENCE_S)
        self._input = self.sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def end(self) -> None:
        """Ends this side only."""
        self.sock.shutdown(socket.SHUT_WR)

    def answer(self, *, to_head: bool = False) -> Answer:
        """The next one. ConnectionError if there is none."""
        line = self._input.readline()
        if not line:
            raise ConnectionError("the server has ended")
        version, status, _ = line.decode().split(" ", 2)
        assert version == "HTTP/1.1"
        headers = dict(_header(line) for line in iter(self._input.readline, b"\r\n"))
        size = 0 if to_head else int(headers.get("content-length", 0))
        return Answer(int(status), headers, self._input.read(size))

    def some(self) -> bytes:
        """What comes next; nothing when the server has ended, and a reset is an end as well."""
        with suppress(ConnectionResetError):
            return self.sock.recv(65_536)
        return b""

    def rest(self) -> bytes:
        """All that comes until the server ends; a reset is an end as well."""
        with suppress(ConnectionResetError):
            return self._input.read()
        return b""

    def close(self) -> None:
        self._input.close()
        self.sock.close()


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name.lower(), value.strip()


class Served:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], address: str, port: int, journal: int) -> None:
        self.process, self.address, self.port, self._journal = process, address, port, journal
        self._is_stopping = False

    @contextmanager
    def client(self) -> Iterator[Client]:
        client = Client(self.address, self.port)
        try:
            yield client
        finally:
            client.close()

    def status(self) -> dict[str, Any]:
        """What it says of itself, asked by a connection of its own."""
        with self.client() as client:
            client.send(b"GET /api/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            told: dict[str, Any] = json.loads(client.answer().body)
            return told

    def cpu_ticks(self) -> int:
        """The processor time that it has used, in clock ticks."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def memory_kib(self) -> int:
        """The memory that it has in use (RSS)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0])

    def said(self) -> list[dict[str, str]]:
        """Its journal so far."""
        size = os.fstat(self._journal).st_size
        return [json.loads(line) for line in os.pread(self._journal, size, 0).splitlines()]

    def facts(self, name: str) -> list[str]:
        return [line["text"] for line in self.said() if line["event"] == "fact" and line["name"] == name]

    def stop(self) -> None:
        """Once: who is told a second time does not wait for anybody."""
        if not self._is_stopping and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self._is_stopping = True

    def finish(self) -> tuple[int, str, str]:
        """Its exit status and what it said. TimeoutExpired if it does not end."""
        stdout, stderr = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, stdout, stderr


@contextmanager
def httpd(
    *arguments: object, address: str = "127.0.0.1", mutant: str = "", before: tuple[str, ...] = ()
) -> Iterator[Served]:
    """A server on a free port; at the end it is told to stop, and must do so in order and without complaints."""
    journal = os.memfd_create("journal")
    process = subprocess.Popen(
        [*before, *COMMAND, address, "0", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, pass_fds=[journal],
        env={**os.environ, "PYTHONPATH": ROOT, "TOYLAB_JOURNAL_FD": str(journal), "TOYLAB_MUTANT": mutant},
    )  # fmt: skip
    try:
        served = Served(process, address, _port(process), journal)
        yield served
        served.stop()
        status, _, stderr = served.finish()
        assert not stderr, stderr
        assert status == 0, status
    finally:
        process.kill()
        process.communicate()
        os.close(journal)


def _port(process: subprocess.Popen[str]) -> int:
    """The port, from the line that names it."""
    assert process.stdout is not None
    assert process.stderr is not None
    while line := _line(process.stdout.fileno()):
        if "Listening on" in line:
            return int(line.rpartition(":")[2])
    raise AssertionError(f"it never listened: {process.stderr.read()}")


def _line(descriptor: int) -> str:
    """One line, byte by byte: a buffer would keep from `communicate` what it holds."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(descriptor, 1)):
        line += byte
    return line.decode()
