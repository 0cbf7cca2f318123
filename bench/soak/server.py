"""A toy server as a process of its own, and what it has in use: memory, descriptors, timers."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from toys.net_conn import certificates

PATIENCE_S = 30
GOOD = str(certificates.path("good"))
TLS = {"httpd": ("--tls", GOOD, GOOD), "chat": ("--tls-cert", GOOD)}
COMMANDS = {
    "httpd": (
        "toys.httpd", "127.0.0.1", "0", "--most-connections", "4000", "--idle-timeout", "10", "--header-timeout", "4",
        "--body-timeout", "4", "--linger", "0.5",
    ),
    "chat": (
        "toys.chat", "server", "127.0.0.1", "0", "--quiet", "--queue-bytes", "262144", "--send-buffer", "16384",
        "--vanished-after", "5",
    ),
}  # fmt: skip
"""Timeouts short enough to be met often, and long enough for a machine that is busy."""


class Use(NamedTuple):
    """KiB, KiB, numbers. `blocks` are those of Python's own allocator: what a leak of objects would show in first."""

    rss: int
    pss: int
    descriptors: int
    timers: int
    blocks: int


class Server:
    def __init__(self, name: str, process: subprocess.Popen[str], window: socket.socket) -> None:
        self.name, self._process, self._window = name, process, window
        window.settimeout(PATIENCE_S)
        self.context: ssl.SSLContext | None = None
        assert process.stdout is not None, "it is a pipe"
        told = next(found for line in process.stdout if (found := re.search(r"[Ll]istening on .*?(\d+)\D*$", line)))
        self.port = int(told[1])

    def dial(self, *protocols: str, raw: bool = False) -> socket.socket:
        """A connection, with TLS where the server has it, unless it is to be `raw`."""
        sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if raw or self.context is None:
            return sock
        context = self._trusting(*protocols)
        return context.wrap_socket(sock, server_hostname="good.lab", suppress_ragged_eofs=True)

    def _trusting(self, *protocols: str) -> ssl.SSLContext:
        if not protocols:
            assert self.context is not None, "it has TLS"
            return self.context
        context = trusting()
        context.set_alpn_protocols(protocols)
        return context

    def use(self) -> Use:
        """Now. OSError or ValueError if the server is gone, or so busy that it does not answer."""
        place = Path(f"/proc/{self._process.pid}")
        self._window.send(b"?", socket.MSG_NOSIGNAL)
        timers, blocks = map(int, self._window.recv(64).split())
        rss, pss = _kib(place / "status", "VmRSS"), _kib(place / "smaps_rollup", "Pss")
        return Use(rss, pss, len(os.listdir(place / "fd")), timers, blocks)

    def stop(self) -> str:
        """What is wrong with how it ended: it must say nothing on stderr, and exit with 0."""
        self._process.terminate()
        try:
            _, complaints = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            return "it did not end"
        status = self._process.returncode
        return f"exit status {status}, {complaints.strip()!r}" if status or complaints else ""


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.AUTHORITY))


@contextmanager
def running(kind: str, *, tls: bool) -> Iterator[Server]:
    """`httpd` or `chat` on a free port."""
    here, there = socket.socketpair()
    options = (*COMMANDS[kind], *(TLS[kind] if tls else ()))
    command = [sys.executable, "-m", "bench.soak.window", str(there.fileno()), *options]
    with here:
        with there:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, pass_fds=[there.fileno()]
            )
        try:
            server = Server(f"{kind}, {'TLS' if tls else 'plain'}", process, here)
            server.context = trusting() if tls else None
            yield server
        finally:
            process.kill()
            process.communicate()


def _kib(file: Path, name: str) -> int:
    return int(file.read_text().partition(f"\n{name}:")[2].split()[0])
