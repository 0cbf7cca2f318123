"""A connection that stands: output leaves in order, input is read to the peer's end, and there is one way out.

What a failure is announced with is here as well: a connection may break at any time, before and after it stands.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from toys.toy9 import errors
from toys.toy9.errors import Failure
from toys.toy9.journal import Journal
from toys.toy9.pollers import IN, NOTHING, OUT, Interest, Poller
from toys.toy9.states import NEXT

CHUNK = 65_536

Callback = Callable[..., None]


class Exchange:
    """A socket with its queue, its poller and its journal; `state` is where the connection is."""

    def __init__(self, poller: Poller, journal: Journal) -> None:
        self.state = "idle"
        self.failure: Failure | None = None
        self.poller = poller
        self.journal = journal
        self.socket: socket.socket | None = None
        self.queue: deque[bytes] = deque()
        self.peer_has_ended = False
        self._on: dict[str, Callback] = {}
        self._interest = NOTHING

    def tell_with(self, callbacks: dict[str, Callback]) -> None:
        """Sets the functions to call back, by the specification's names."""
        self._on = callbacks

    def send(self, data: bytes) -> None:
        """Queues output; it leaves when the connection stands and the kernel has room. Nothing is no output."""
        if not data:
            return
        self.queue.append(data)
        self.journal.fact("queued", len(data))
        if self.state == "connected":
            self.flush()

    def end_output(self) -> None:
        """No more output follows: the peer hears the end, and what it still says is read."""
        if self.socket is not None and self.state == "connected":
            with suppress(OSError):  # a connection that is gone; the next read tells of what
                self.socket.shutdown(socket.SHUT_WR)

    def close(self, end: str = "own") -> None:
        if self.state == "connected":
            self.journal.fact("end", end)
            self.release()
            self.enter("closed")

    def flush(self) -> None:
        """Writes until the queue is empty or the kernel has no more room."""
        while self.queue:
            sent = self.write(self.queue[0])
            if sent is None:
                break
            self.consume(sent)
        if self.state != "connected":
            return
        if not self.queue:
            self.call("outputSent")
        if self.queue or self.state == "connected":
            self.after_flush()

    def after_flush(self) -> None:
        if self.peer_has_ended and not self.queue:
            self.close("eof")
        else:
            self.watch(self.wanted())

    def write(self, data: bytes) -> int | None:
        """How much the kernel took; None if it has no room, or if the connection is gone."""
        assert self.socket is not None, "not connected"
        try:
            return self.socket.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return None
        except OSError as error:
            self.fail(errors.of_errno(error.errno or errno.EIO))
            return None

    def consume(self, sent: int) -> None:
        rest = self.queue.popleft()[sent:]
        if rest:
            self.queue.appendleft(rest)

    def receive(self) -> None:
        """Reads what is there: once where readiness is a level, until EAGAIN where it is an edge."""
        while self.state == "connected":
            data = self.read()
            if data is None:
                return
            if not data:
                self.end_of_input()
                return
            self.journal.fact("received", data.decode("utf-8", "backslashreplace"))
            self.call("inputReady", len(data))
            if not self.poller.is_edge_triggered:
                return

    def read(self) -> bytes | None:
        """What arrived, empty at the peer's end; None if there is nothing now, or if the connection is gone."""
        assert self.socket is not None, "not connected"
        try:
            return self.socket.recv(CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            self.fail(errors.of_errno(error.errno or errno.EIO))
            return None

    def end_of_input(self) -> None:
        """The peer has said all; what is still queued here leaves before we go, as it may have shut one side only."""
        self.peer_has_ended = True
        if self.queue:
            self.watch(self.wanted())
        else:
            self.close("eof")

    def wanted(self) -> Interest:
        """What to wait for when connected: input until the peer's end, room only while there is something to write."""
        reads = frozenset() if self.peer_has_ended else frozenset({IN})
        return reads | (frozenset({OUT}) if self.queue else frozenset())

    def watch(self, interest: Interest) -> None:
        if self.socket is not None and interest != self._interest:
            self.poller.watch(self.socket.fileno(), interest)
            self._interest = interest

    def release(self) -> None:
        """Unwatched, then closed: a registration must not outlive its descriptor."""
        if self.socket is not None:
            if self._interest:
                self.poller.unwatch(self.socket.fileno())
                self._interest = NOTHING
            self.socket.close()
            self.socket = None

    def fail(self, failure: Failure) -> None:
        """The one way out with an error: the socket is gone before anybody hears of it."""
        if self.state == "connected" and failure.name == "ECONNRESET":
            self.journal.fact("end", "reset")
        self.failure = failure
        self.release()
        self.enter("error")
        self.journal.fact("error", f"{failure.code}: {failure.text}")
        self.call("errorEncountered", failure.name)

    def enter(self, state: str) -> None:
        if state not in NEXT[self.state]:
            raise ValueError(f"{state} cannot follow {self.state}")
        old, self.state = self.state, state
        self.journal.state(old, state)

    def call(self, name: str, *args: object) -> None:
        self.journal.callback(name, *args)
        if name in self._on:
            self._on[name](*args)
