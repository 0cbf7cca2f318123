"""A connection in this process, on real sockets of the loopback, and peers that behave as asked in threads."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from toys.loop import BACKENDS, Loop
from toys.net_conn import certificates
from toys.net_conn.connection import Connection, Options
from toys.net_conn.dial import Dial
from toys.net_conn.handshake import context_for
from toys.net_conn.race import Race
from toys.net_conn.serve import Play, serve
from toys.toy9.errors import Failure
from toys.toy9.resolver import Address, LookUp

TRUSTING = Options(timeout_s=10, context=context_for(str(certificates.AUTHORITY)), server_name="good.lab")
PATIENCE_S = 20


class Table:
    """One loop, the connections made on it, and all that they told."""

    def __init__(self, backend: str) -> None:
        self.loop = Loop(backend)
        self.told: list[str] = []
        self.then: Callable[[Connection], object] = lambda connection: None
        self.connections: list[Connection] = []

    def connect(
        self, port: int, *, host: str = "127.0.0.1", tls: bool = False, options: Options = TRUSTING,
        kind: type[Connection] = Connection,
    ) -> Connection:  # fmt: skip
        made = kind(self.loop, host, port, tls, on_ready=self.ready, on_error=self.error, options=options)
        self.connections.append(made)
        return made

    def ready(self, connection: Connection) -> None:
        self.told.append("ready")
        self.then(connection)

    def error(self, connection: Connection) -> None:
        assert connection.failure is not None
        self.told.append(connection.failure.name)

    def run(self) -> None:
        """Until nothing is left that could happen. The guard is no wait: it rings only if a test would hang."""
        guard = self.loop.after(PATIENCE_S, self.loop.stop)
        while guard.is_set and any(made.state not in ("closed", "error") for made in self.connections):
            self.loop.turn()
        assert guard.is_set, f"nothing ended it: {[made.state for made in self.connections]}, told {self.told}"
        guard.cancel()

    def until(self, reached: Callable[[], bool]) -> None:
        """Turns the loop until something is so."""
        guard = self.loop.after(PATIENCE_S, self.loop.stop)
        while guard.is_set and not reached():
            self.loop.turn()
        assert guard.is_set, f"it never came to that; told {self.told}"
        guard.cancel()

    def close(self) -> None:
        for made in self.connections:
            made.close()
        self.loop.close()


StartPeer = Callable[[Play], int]


@pytest.fixture
def peer() -> Iterator[StartPeer]:
    """Starts a peer for one connection in a thread of its own, and gives its port."""
    started: list[tuple[socket.socket, threading.Thread]] = []

    def start(play: Play) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(listener, play))
        thread.start()
        started.append((listener, thread))
        port: int = listener.getsockname()[1]
        return port

    yield start
    for listener, thread in started:
        listener.shutdown(socket.SHUT_RDWR)  # who is never dialled would wait for ever
        thread.join(PATIENCE_S)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(params=list(BACKENDS))
def table(request: pytest.FixtureRequest, peer: StartPeer) -> Iterator[Table]:
    """Closed before the peers are waited for, because they wait for its connections to end."""
    made = Table(request.param)
    yield made
    made.close()


def _serve(listener: socket.socket, play: Play) -> None:
    with suppress(OSError):  # the listener was shut while nobody had dialled
        serve(listener, play, 1)


def knows(*addresses: tuple[str, int]) -> type[Connection]:
    """Connections that find every name at these addresses."""
    found: list[Address] = [(socket.AF_INET, host, port) for host, port in addresses]
    return resolving_with(lambda host, port, family: found)


def resolving_with(look_up: Callable[[str, int, str], list[Address] | Failure]) -> type[Connection]:
    """Connections with a resolver that answers what a test needs; all else is as it is."""

    class KnowingDial(Dial):
        def look_up(self) -> None:
            self.watch_look_up(LookUp(self._host, self._port, self._family, look_up))

    class KnowingRace(Race):
        def look_up(self) -> None:
            self.watch_look_up(LookUp(self._host, self._port, self._family, look_up))

    class Knowing(Connection):
        dial, race = KnowingDial, KnowingRace

    return Knowing


def open_descriptors() -> set[str]:
    """Once no look-up is under way: one that comes too late keeps its end of the pipe as long as its thread lives."""
    for thread in threading.enumerate():
        if thread.name.startswith("look-up "):
            thread.join(PATIENCE_S)
    return set(os.listdir("/proc/self/fd"))
