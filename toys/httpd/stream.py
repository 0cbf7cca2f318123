"""A socket that is read and written without blocking: what it has is handed on, what it does not take yet is kept.

The socket is read once for each readiness, into a buffer that all connections share. That drains it: a read that did
not fill the buffer took everything (epoll(7), Q9), and after one that did, or where the peer's FIN was reported and has
not been reached, the watcher is armed again, which makes an edge-triggered poller report what is left. So one client
that sends without pause cannot keep the others waiting.
"""

from __future__ import annotations

import socket

from toys.httpd.context import Context
from toys.httpd.limits import BUFFER_BYTES
from toys.loop import RDHUP, READ, WRITE

INPUT = READ | RDHUP
"""select(2) knows no RDHUP, and reports the end of input as input."""


class Stream:
    """Who inherits it says what becomes of input (`take`), of its end, of an error, and of output that is gone."""

    __slots__ = ("context", "has_ended", "is_deaf", "is_open", "sock", "unsent", "watcher")

    def __init__(self, context: Context, sock: socket.socket) -> None:
        self.context, self.sock = context, sock
        self.is_open = True
        self.is_deaf = False
        """Input is not wanted now: it stays in the kernel, which tells the client to wait."""
        self.has_ended = False
        """The peer has sent all that it will send."""
        self.unsent: bytes | memoryview = b""
        """Output that the kernel has not taken yet."""
        self.watcher = context.loop.watch(sock, INPUT, self.ready)

    def take(self, data: memoryview) -> None:
        """Input; the memory is used again when this returns."""
        raise NotImplementedError

    def ended(self) -> None:
        """The peer has ended its side."""
        raise NotImplementedError

    def broken(self) -> None:
        """The connection was reset, or its peer is not there any more."""
        raise NotImplementedError

    def stuck(self) -> None:
        """Output has to wait for the peer; called again each time some of it is gone."""
        raise NotImplementedError

    def drained(self) -> None:
        """All output that had to wait is gone."""
        raise NotImplementedError

    def ready(self, ready: int) -> None:
        if ready & WRITE and self.unsent:
            self.flush()
        if ready & INPUT and self.watcher.interest & READ:
            self.read(ready)

    def read(self, ready: int) -> None:
        """Once; see above."""
        buffer = self.context.buffer
        try:
            size = self.sock.recv_into(buffer)
        except BlockingIOError:
            return
        except OSError:
            self.broken()
            return
        if size:
            self.take(buffer[:size])
            if (size == BUFFER_BYTES or ready & RDHUP) and self.watcher.interest & READ:
                self.watcher.rearm()
        else:
            self.has_ended = True
            self.ended()
            self.watch()

    def write(self, data: bytes) -> None:
        """Sends what the kernel takes now, and the rest when it takes more."""
        if self.unsent:
            self.unsent = bytes(self.unsent) + data
            return
        self.unsent = data
        self.flush()

    def flush(self) -> None:
        data = self.unsent
        try:
            sent = self.sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.broken()
            return
        if sent == len(data):
            self.unsent = b""
            if self.watcher.interest & WRITE:
                self.watch()
                self.drained()
        else:
            self.unsent = memoryview(data)[sent:]
            self.watch()
            if sent:
                self.stuck()

    def hear(self, *, wanted: bool) -> None:
        if self.is_deaf == wanted:
            self.is_deaf = not wanted
            self.watch()

    def watch(self) -> None:
        """OUT while output waits, and nothing is read meanwhile: who takes no answers may ask for none.

        A socket that is waited for in no way is unwatched, because ERR and HUP cannot be muted.
        """
        if not self.is_open:
            return
        if self.unsent:
            self.watcher.set(WRITE)
        else:
            self.watcher.set(0 if self.is_deaf or self.has_ended else INPUT)

    def release(self) -> None:
        """Unwatched first: a duplicate of the descriptor would keep the registration alive (epoll(7), Q6)."""
        self.is_open = False
        self.watcher.stop()
        self.sock.close()
