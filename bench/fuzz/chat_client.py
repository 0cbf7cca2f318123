"""chat's client under the fuzzer: a server that says anything, and somebody who types the same."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO

from bench.fuzz.case import Case
from bench.fuzz.chat import SEEDS, WORDS, split
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble, drain, end, live_timers, send, turn, until
from toys.chat.client import Client, Wishes
from toys.chat.connection import Connection
from toys.chat.terminal import Input
from toys.loop import BACKENDS, Loop
from toys.toy9.journal import Journal

LONGEST = 1 << 14
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
MORE = (b"v" * (LONGEST - 1), b"v" * LONGEST, b"v" * (LONGEST + 3), b"* welcome, Client 5; 1 here\n", b"* bye\n")


class Room:
    """A listener whose only guest is the client; a pipe is its stdin."""

    def __init__(self, number: int) -> None:
        self.loop = Loop(list(BACKENDS)[number % len(BACKENDS)])
        self.listener = socket.create_server(("127.0.0.1", 0))

    def run(self, case: Case) -> None:
        shown: list[str] = []
        reading, writing = os.pipe2(os.O_NONBLOCK)
        with FileIO(reading) as typed, FileIO(writing, "w") as typing, self._met(shown, typed) as (client, server):
            self._talk(case, server, typing)
            typing.close()
            until(self.loop, lambda: _is_over(client, server), "the server has ended, and so has the client")
        if any(UNFIT.search(line) for line in shown):
            raise Trouble("what was shown is not fit for a terminal")

    @contextmanager
    def _met(self, shown: list[str], typed: FileIO) -> Iterator[tuple[Connection, socket.socket]]:
        """A client's connection, and the other end of it."""
        client = Client(self.loop, Wishes(host="127.0.0.1"), shown.append, Journal(None))
        client._input = Input(self.loop, typed.fileno(), client._typed)
        client.dial([(socket.AF_INET, self.listener.getsockname())])
        with self.listener.accept()[0] as server:
            server.setblocking(False)
            until(self.loop, lambda: client._connection is not None, "it is connected")
            assert client._connection is not None, "it is connected"
            yield client._connection, server

    def _talk(self, case: Case, server: socket.socket, typing: FileIO) -> None:
        for piece in case.pieces():
            with suppress(BlockingIOError):  # what the pipe does not take is not typed
                typing.write(piece)
            while piece := send(server, piece):
                turn(self.loop)
                drain(server)
            turn(self.loop)
            drain(server)
        end(server, case.ending)

    def check(self) -> None:
        timers = live_timers(self.loop)
        if self.loop._watchers or timers:
            raise Trouble(f"{len(self.loop._watchers)} watchers and {timers} timers are left")

    def close(self) -> None:
        self.listener.close()
        self.loop.close()


def _is_over(client: Connection, server: socket.socket) -> bool:
    if server.fileno() >= 0:
        drain(server)
    return client.is_closed


CLIENT = Path(Grammar(SEEDS + MORE, split, WORDS + MORE, tweak), Room, ("toys/chat", "toys/loop"))
