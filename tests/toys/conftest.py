"""A toy9 client in this process, on real sockets of the loopback, with its journal read back."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from toys.toy9.client import Client
from toys.toy9.journal import Journal
from toys.toy9.pollers import POLLERS, Poller


class Bench:
    """One client with its poller; `said` is its journal so far."""

    def __init__(self, kind: str) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK)
        os.set_blocking(self._write, True)
        self.poller: Poller = POLLERS[kind]()
        self.client = Client(self.poller, Journal(self._write))
        self._text = b""

    def said(self, event: str = "") -> list[dict[str, Any]]:
        while True:
            try:
                self._text += os.read(self._read, 65_536)
            except BlockingIOError:
                break
        lines = [json.loads(line) for line in self._text.splitlines()]
        return [line for line in lines if not event or line["event"] == event]

    @property
    def states(self) -> list[str]:
        return [line["new"] for line in self.said("state")]

    @property
    def callbacks(self) -> list[str]:
        return [line["name"] for line in self.said("callback")]

    def close(self) -> None:
        self.client.release()
        self.poller.close()
        os.close(self._read)
        os.close(self._write)


@pytest.fixture(params=list(POLLERS))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(request.param)
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full: the kernel drops what more is dialled, see listen(2)."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port: int = listening.getsockname()[1]
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield port
        for caller in callers:
            caller.close()


@pytest.fixture
def free_port(closed_port: int) -> int:
    """A port that nobody has: the same thing, for who wants to listen."""
    return closed_port
