"""A chat server in this process, on real sockets of the loopback, that does a turn only when a test asks for it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from toys.chat.doorway import listening, vigilance
from toys.chat.log import Log
from toys.chat.server import Limits, Server
from toys.loop import BACKENDS, Loop
from toys.toy9.journal import Journal

TURNS = 6
"""More than any exchange here takes: a byte sent on the loopback is readable before send() returns."""


class Caller:
    """A client without manners: it sends any bytes and reads when it is told to."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def heard(self) -> bytes:
        """All that has come by now."""
        data = b""
        with suppress(BlockingIOError):
            while piece := self.socket.recv(1 << 16, socket.MSG_DONTWAIT):
                data += piece
        return data

    @property
    def is_at_the_end(self) -> bool:
        """Whether FIN has come, and nothing before it."""
        try:
            return self.socket.recv(1, socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        self.socket.close()


class House:
    """One server; `said` is its journal so far."""

    def __init__(self, backend: str, address: str = "127.0.0.1", send_buffer: int = 0, **limits: Any) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK)
        self.loop = Loop(backend)
        self.server = Server(self.loop, Limits(**limits), Log(self.loop.soon, None), Journal(self._write))
        self.listener = listening(address, 0, vigilance(60), send_buffer=send_buffer)
        self.port: int = self.listener.getsockname()[1]
        self.server.open(self.listener)
        self.callers: list[Caller] = []

    def call(self, address: str = "127.0.0.1", **options: int) -> Caller:
        """A caller, whose connection the server has not seen yet."""
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        for name, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        self.callers.append(Caller(sock))
        sock.connect((address, self.port))
        return self.callers[-1]

    def enter(self, count: int) -> list[Caller]:
        """So many who are in the room and have read everything so far."""
        callers = [self.call() for _ in range(count)]
        self.settle()
        for caller in callers:
            caller.heard()
        return callers

    def settle(self, turns: int = TURNS) -> None:
        """Turns until nothing is left to be done; none of them waits."""
        for _ in range(turns):
            self.loop.soon(lambda: None)
            self.loop.turn()

    def said(self, name: str) -> list[str]:
        """What the journal tells under this name."""
        data = b""
        with suppress(BlockingIOError):
            while piece := os.read(self._read, 1 << 16):
                data += piece
        lines = [json.loads(line) for line in data.splitlines()]
        return [line["text"] for line in lines if line.get("name") == name]

    def close(self) -> None:
        for caller in self.callers:
            caller.close()
        self.server.shut_down()
        self.settle()
        self.server.break_up()
        self.loop.close()
        os.close(self._read)
        os.close(self._write)


@pytest.fixture(params=list(BACKENDS))
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    made = House(request.param)
    yield made
    made.close()


@pytest.fixture
def small_house() -> Iterator[House]:
    """Lets in two, and keeps 64 KiB for each."""
    made = House("epoll", most_clients=2, queue_bytes=1 << 16)
    yield made
    made.close()
