"""The client: connects without blocking, says what is typed, shows what the others say."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toys.chat.connection import Connection
from toys.chat.script import Script, Step
from toys.chat.terminal import Input
from toys.chat.text import Splitter, clean
from toys.chat.tls import Tls
from toys.loop import WRITE, Loop, Watcher
from toys.toy9.journal import Journal

LONGEST_SHOWN = 1 << 14
MOST_QUEUED = 1 << 16
"""More than this is not read from stdin ahead of what the server takes."""
ENDED, LOST = 0, 1

Address = tuple[int, Any]
"""The family and what connect() takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    host: str
    """Whom a certificate has to be for."""
    tls: ssl.SSLContext | None = None
    script: Sequence[Step] = field(default_factory=tuple)
    stay: bool = False
    """Whether the end of stdin is not the end."""


class Client:
    """`show` gets each line for the user. After the loop has run, `status` is 0 if it ended well, otherwise 1."""

    def __init__(self, loop: Loop, wishes: Wishes, show: Callable[[str], None], journal: Journal) -> None:
        self._loop, self._wishes, self._show, self._journal = loop, wishes, show, journal
        self._heard, self._said = Splitter(LONGEST_SHOWN), Splitter(LONGEST_SHOWN)
        self._script = Script(wishes.script, self._say)
        self._input = Input(loop, 0, self._typed)
        self._connection: Connection | None = None
        self._is_leaving = False
        self.status = LOST

    # -- connecting ----------------------------------------------------------------------------------------------------

    def dial(self, addresses: Sequence[Address]) -> None:
        """The first of them that can be connected to, one after the other."""
        self._journal.state("idle", "connecting")
        self._try(list(addresses), 0)

    def _try(self, addresses: list[Address], last_error: int) -> None:
        if not addresses:
            self._fail(last_error)
            return
        (family, address), *others = addresses
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        error = sock.connect_ex(address)
        if error in (0, errno.EINPROGRESS):
            watcher: Watcher = self._loop.watch(sock, WRITE, lambda _: self._decide(sock, watcher, others))
        else:
            sock.close()
            self._try(others, error)

    def _decide(self, sock: socket.socket, watcher: Watcher, others: list[Address]) -> None:
        """Writable is not connected: SO_ERROR says which."""
        watcher.stop()
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            sock.close()
            self._try(others, error)
        else:
            self._connected(sock)

    def _fail(self, error: int) -> None:
        self._journal.state("connecting", "error")
        self._show(f"* cannot connect: {errno.errorcode.get(error, error)}")

    def _connected(self, sock: socket.socket) -> None:
        tls = Tls(self._wishes.tls, host=self._wishes.host) if self._wishes.tls else None
        self._connection = Connection(self._loop, sock, self, 1 << 30, tls)
        if tls:
            self._connection.shake()  # it has something to say first
        else:
            self.opened()

    # -- the connection's owner ----------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._journal.state("connecting", "connected")
        self._script.go_on()
        self._perhaps_listen()

    def has_heard_enough(self) -> bool:
        return False

    def heard(self, data: bytes) -> None:
        for line in self._heard.feed(data):
            shown = clean(line)
            text = shown.decode()
            if shown != line:
                self._journal.fact("garbled", line)
            self._journal.fact("got", text)
            self._show(text)
            self._script.hear(text)
        self._perhaps_listen()

    def slowed(self, waiting: int) -> bytes:
        return b""

    def drained(self) -> None:
        self._perhaps_listen()

    def ended(self, reason: str) -> None:
        """The server's doing: well, if it said goodbye with FIN."""
        self._journal.fact("ended", reason)
        self._input.stop()
        if reason == "eof":
            self.status = ENDED
            assert self._connection is not None, "it has just told its end"
            self._connection.finish()
        else:
            self._show(f"* the connection is lost: {reason}")

    def gone(self) -> None:
        self._input.stop()
        if self._is_leaving:
            self.status = ENDED
        self._journal.state("connected", "closed")

    # -- what is said --------------------------------------------------------------------------------------------------

    def _perhaps_listen(self) -> None:
        """To stdin, when the script is over."""
        if self._script.is_over and not self._is_leaving:
            self._input.start()

    def _typed(self, data: bytes) -> None:
        if data:
            self._say(data)
        elif not self._wishes.stay:
            self.leave()

    def _say(self, data: bytes) -> None:
        """Ahead of what the server takes, no more than MOST_QUEUED is read from stdin."""
        assert self._connection is not None, "not connected"
        for line in self._said.feed(data):
            self._tell_said(line)
        self._connection.write(data)
        if self._connection.waiting > MOST_QUEUED:
            self._input.stop()

    def leave(self) -> None:
        """Nothing more will be said: FIN, and what the others said until then is still shown."""
        if self._connection and not self._is_leaving:
            self._is_leaving = True
            self._input.stop()
            if rest := self._said.rest():
                self._tell_said(rest)
            self._journal.fact("leaving", "")
            self._connection.finish()

    def _tell_said(self, line: bytes) -> None:
        """The journal's affair: lines as they are when whole."""
        self._journal.fact("said", line.decode("utf-8", "backslashreplace"))
