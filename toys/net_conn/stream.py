"""The last phase: bytes in both directions, and waiting for what the callbacks that are set can use.

Callbacks are levels, whatever the poller: one that is set is called again and again while its direction is possible.
Two things would hide from a poller what is still there. An edge is told once, so what was not used up is asked for
again (`Watcher.rearm`). And TLS decrypts a record at a time, so the rest of one lies in the library where no poller
sees it (SSL_pending(3)); so the reader is called until there is none.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from toys.loop import READ, WRITE, Loop, Watcher
from toys.net_conn import errors
from toys.toy9.errors import Failure

RECORD = 16_384
"""What TLS takes at a time (RFC 8446, 5.1); a larger offer would only be cut there."""

Notice = Callable[[], None]


class Owner(Protocol):
    """Who is told when the stream breaks."""

    def fail(self, failure: Failure) -> None: ...


class Stream:
    """Has the socket until `stop`. Not to be used afterwards."""

    def __init__(self, loop: Loop, sock: socket.socket, owner: Owner) -> None:
        self._loop, self._owner = loop, owner
        self.socket: socket.socket | None = sock
        self.has_ended = False
        """Whether the peer has said all that it will say."""
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._readable: Notice | None = None
        self._writable: Notice | None = None
        self._waits = {READ: READ, WRITE: WRITE}
        """What each direction waits for: itself, but for TLS, which may have to answer before it can go on."""
        self._blocked = 0
        self._refused = b""
        self._comes_back = False
        self._watcher: Watcher | None = None

    def try_read(self, size: int) -> bytes | None:
        assert self.socket is not None, "not stopped"
        try:
            data = self.socket.recv(size)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as blocked:
            self.block(READ, blocked)
            return None
        except OSError as error:
            self._owner.fail(errors.of_stream(error, self.socket))
            return None
        self._waits[READ] = READ
        if not data and size:
            self.has_ended = True
        self.watch()
        return data

    def try_write(self, data: bytes) -> int | None:
        assert self.socket is not None, "not stopped"
        if data[: len(self._refused)] != self._refused:
            raise ValueError("TLS has encrypted what was offered before; the same bytes must be offered again")
        try:
            sent = self.socket.send(data[:RECORD]) if self._is_tls else self.socket.send(data, socket.MSG_NOSIGNAL)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as blocked:
            self._refused = data[:RECORD] if self._is_tls else b""
            self.block(WRITE, blocked)
            return None
        except OSError as error:
            self._owner.fail(errors.of_stream(error, self.socket))
            return None
        self._refused = b""
        self._waits[WRITE] = WRITE
        if sent < len(data) and not self._is_tls:
            self._blocked |= WRITE  # the room is used up, and an edge will tell of more: epoll(7), Q9
        self.watch()
        return sent

    def block(self, direction: int, blocked: OSError) -> None:
        """Notes what has to happen before this direction can go on."""
        self._blocked |= direction
        self._waits[direction] = _wanted(blocked, direction)
        self.watch()

    def on_readable(self, notice: Notice | None) -> None:
        self._readable = notice
        self.watch()
        if self.pending():
            self.come_back()

    def on_writable(self, notice: Notice | None) -> None:
        self._writable = notice
        self.watch()

    def watch(self) -> None:
        """Only what can be used is waited for: input until the peer's end, room while somebody wants to write."""
        if self.socket is not None:
            reads = self._waits[READ] if self._readable and not self.has_ended else 0
            writes = self._waits[WRITE] if self._writable else 0
            self.wait_for(reads | writes)

    def wait_for(self, interest: int) -> None:
        assert self.socket is not None, "not stopped"
        if self._watcher is not None:
            self._watcher.set(interest)
        elif interest:
            self._watcher = self._loop.watch(self.socket, interest, self.ready)

    def ready(self, ready: int) -> None:
        """Each callback may close the connection, or take the other one away."""
        self._blocked = 0
        if self._readable and ready & self._waits[READ] and not self.has_ended:
            self.call_reader()
        if self._writable and ready & self._waits[WRITE]:
            self._writable()
        if self.socket is not None and ready & ~self._blocked:
            self.ask_again()

    def ask_again(self) -> None:
        """What was reported was not used up: an edge has to be told once more."""
        assert self._watcher is not None, "it reported"
        self._watcher.rearm()

    def call_reader(self) -> None:
        """What is left of a record, at most 16 KiB, is handed on at once; who leaves it there is asked again later."""
        assert self._readable is not None, "somebody reads"
        self._readable()
        while left := self.pending():
            self._readable()
            if self.pending() == left:
                self.come_back()
                return

    def pending(self) -> int:
        """How many decrypted bytes TLS holds, if anybody wants them."""
        wanted = self._readable is not None and not self.has_ended
        return self.socket.pending() if wanted and isinstance(self.socket, ssl.SSLSocket) else 0

    def come_back(self) -> None:
        if not self._comes_back:
            self._comes_back = True
            self._loop.soon(self._is_back)

    def _is_back(self) -> None:
        self._comes_back = False
        if self.pending():
            self.call_reader()

    def stop(self, *, politely: bool = False) -> None:
        """Unwatched, then closed. `politely` tells a peer of TLS that this is the end and no attack (RFC 8446, 6.1)."""
        if self.socket is None:
            return
        if self._watcher is not None:
            self._watcher.stop()
        if politely and isinstance(self.socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):  # it is said once, and nobody waits for the answer
                self.socket.unwrap()
        self.socket.close()
        self.socket = None
        self._readable = self._writable = None


def _wanted(blocked: OSError, direction: int) -> int:
    if isinstance(blocked, ssl.SSLWantReadError):
        return READ
    return WRITE if isinstance(blocked, ssl.SSLWantWriteError) else direction
