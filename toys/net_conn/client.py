"""What the command line does with a connection: says its text, tells what comes, and closes when that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from toys.loop import Timer
from toys.net_conn.arguments import silence
from toys.net_conn.beside import Crowd
from toys.net_conn.connection import Connection
from toys.toy9.journal import Journal

UNTIL = ("ready", "sent", "input", "eof")

LONGEST_TEXT = 60

TOLD = {
    "resolving": "looking up the name", "tls_handshake": "TCP stands, TLS begins", "closed": "closed",
    "trying": "trying", "failed": "failed", "tls": "secured by",
}  # fmt: skip
"""What the journal's states and facts are in the terminal; the others are told by who knows more."""

Say = Callable[[str], None]


class Narrator(Journal):
    """A journal that tells people too."""

    say: Say = staticmethod(silence)

    def state(self, old: str, new: str) -> None:
        super().state(old, new)
        if new in TOLD:
            self.say(TOLD[new])

    def fact(self, name: str, text: object) -> None:
        super().fact(name, text)
        if name in TOLD:
            self.say(f"{TOLD[name]} {text}")


class Errand(NamedTuple):
    """What to do when connected: the bytes to send, when to close, how much to read at a time.

    `input_bytes` is how much must have come for `until` to be `input`.
    """

    output: bytes = b""
    until: str = "eof"
    read_size: int = 65_536
    input_bytes: int = 1


class Client:
    """One errand on one connection."""

    def __init__(self, errand: Errand, journal: Journal, say: Say) -> None:
        self._errand, self._journal, self._say = errand, journal, say
        self._unsent = errand.output
        self._received = 0
        self._has_ended = False
        self.patience: Timer | None = None
        """When it rings, the user has lost it."""
        self.crowd: Crowd | None = None
        """Who is there only as long as this one is."""

    def ready(self, connection: Connection) -> None:
        local = connection.local
        self._journal.fact("local", local)
        self._journal.fact("remote", connection.remote)
        self._say(f"ready {local} -> {connection.remote}")
        if self._errand.until != "ready":
            connection.set_readable(self.readable)
            connection.set_writable(self.writable if self._unsent else None)
        self.close_if_done(connection)

    def readable(self, connection: Connection) -> None:
        data = connection.try_read(self._errand.read_size)
        if data is None:
            return
        if data:
            self.got(data)
        else:
            self._has_ended = True
            self._journal.fact("end", "eof")
            self._say("the peer has ended")
        self.close_if_done(connection)

    def got(self, data: bytes) -> None:
        self._received += len(data)
        self._journal.fact("received", f"{len(data)} bytes")
        text = data.decode("utf-8", "backslashreplace")
        shown = f": {text}" if text.isprintable() and len(text) <= LONGEST_TEXT else ""
        self._say(f"received {len(data)} bytes{shown}")

    def writable(self, connection: Connection) -> None:
        sent = connection.try_write(self._unsent)
        if sent is None:
            return
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            connection.set_writable(None)
            self._journal.fact("sent", f"{len(self._errand.output)} bytes")
            self._say(f"sent {len(self._errand.output)} bytes")
        self.close_if_done(connection)

    def close_if_done(self, connection: Connection) -> None:
        reached = {
            "ready": True,
            "sent": not self._unsent,
            "input": self._received >= self._errand.input_bytes and not self._unsent,
            "eof": self._has_ended and not self._unsent,
        }
        if reached[self._errand.until] or (self._has_ended and not self._unsent):
            connection.close()
            self.done()

    def give_up(self, connection: Connection) -> None:
        self._say(f"closing while {connection.state}")
        connection.close()
        self.done()

    def done(self) -> None:
        """A timer that is left would keep the loop, and so would the others."""
        if self.patience is not None:
            self.patience.cancel()
        if self.crowd is not None:
            self.crowd.close()

    def failed(self, connection: Connection) -> None:
        failure = connection.failure
        assert failure is not None, "an error has a reason"
        sys.stderr.write(f"error {failure.code}: {failure.text} ({failure.name})\n")
        self.done()
