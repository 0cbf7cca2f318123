"""Connections that the same loop makes beside the one in question: each only says that it began, and how it ended.

    crowd = Crowd(loop, journal, partial(Connection, loop, port=7))
    crowd.begin(["mute.lab"])
    ...
    crowd.close()

What they tell are the facts `beside mute.lab` and `beside_over mute.lab WORD`, where the word is `ready`, the name of
an error, or `closed` for those that were still under way at the end. Their states and callbacks are not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from toys.loop import Loop
from toys.net_conn.connection import Callback, Connection
from toys.net_conn.states import OVER
from toys.toy9.journal import Journal


class Connect(Protocol):
    """A Connection but for the host and who is told."""

    def __call__(self, *, host: str, on_ready: Callback, on_error: Callback) -> Connection: ...


class Crowd:
    """All who are beside the one, on its loop."""

    def __init__(self, loop: Loop, journal: Journal, connect: Connect) -> None:
        self._loop, self._journal, self._connect = loop, journal, connect
        self._connections: list[Connection] = []

    def begin(self, names: Iterable[str], apart_s: float = 0.0) -> None:
        """One after the other; the loop turns for `apart_s` after each, so that what it does first comes first."""
        for name in names:
            self._journal.fact("beside", name)
            self._connections.append(self._connect(host=name, on_ready=self.ready, on_error=self.failed))
            if apart_s:
                self._loop.after(apart_s, self._loop.stop)
                self._loop.run()

    def ready(self, connection: Connection) -> None:
        self._over(connection, "ready")
        connection.close()

    def failed(self, connection: Connection) -> None:
        assert connection.failure is not None, "an error has a reason"
        self._over(connection, connection.failure.name)

    def close(self) -> None:
        """Whoever is still under way is given up: the program ends when the connection in question does."""
        for connection in self._connections:
            if connection.state not in OVER:
                self._over(connection, "closed")
                connection.close()

    def _over(self, connection: Connection, word: str) -> None:
        self._journal.fact("beside_over", f"{connection.host} {word}")
