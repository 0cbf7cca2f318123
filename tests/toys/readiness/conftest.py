"""A server and its clients on one loop in this process, on real sockets of the loopback, and what they said."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from toys.loop import BACKENDS, Loop
from toys.readiness.client import Client, Wishes
from toys.readiness.diary import Diary
from toys.readiness.server import Server, Settings
from toys.readiness.stream import Stream
from toys.toy9.journal import Journal

HOST = "127.0.0.1"


class Stage:
    """`loop` is everybody's. `said` is the server's diary, each client has its own."""

    def __init__(self, backend: str) -> None:
        self.loop = Loop(backend)
        self.said: list[str] = []
        self.server: Server
        self.accepted: list[Stream] = []
        self._open: list[socket.socket] = []

    def serve(self, **settings: Any) -> int:
        """Starts a server that ends with its first connection, unless told otherwise; its port."""
        asked = Settings(**{"connections": 1, **settings})
        self.server = Server(self.loop, Diary(Journal(None), self.said.append), asked)
        self.server.STREAM = self.noted  # type: ignore[assignment]
        self.server.listen(HOST, 0)
        self._open.append(self.server.listener)
        port: int = self.server.listener.getsockname()[1]
        return port

    def client(self, port: int, host: str = HOST, **wishes: Any) -> tuple[Client, list[str]]:
        said: list[str] = []
        made = Client(self.loop, Diary(Journal(None), said.append), Wishes(**wishes))
        made.start(host, port)
        self._open.append(made.socket)
        return made, said

    def caller(self, port: int) -> socket.socket:
        """A plain socket that is connected, and whose connection waits in the server's queue."""
        made = socket.create_connection((HOST, port), timeout=10)
        self._open.append(made)
        return made

    def noted(self, diary: Diary, name: str, sock: socket.socket) -> Stream:
        """A stream whose socket is closed when the test is over, however it ends."""
        self._open.append(sock)
        self.accepted.append(Stream(diary, name, sock))
        return self.accepted[-1]

    def close(self) -> None:
        for made in self._open:
            made.close()
        self.loop.close()


@pytest.fixture(params=list(BACKENDS))
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(request.param)
    yield made
    made.close()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
