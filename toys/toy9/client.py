"""The connection: which states it goes through, what it calls back, and how its output leaves.

The rules that this file is about:

- SO_ERROR decides, once, before anything else touches the socket; writability alone says only that it is decided.
- What connect() itself says is final: a socket that failed at once is never watched.
- Whoever ends an attempt (the kernel, the timer, the caller) closes the socket at once; there is one outcome.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from toys.toy9 import errors, sockets
from toys.toy9.errors import Failure
from toys.toy9.journal import Journal
from toys.toy9.pollers import IN, NOTHING, OUT, Interest, Poller
from toys.toy9.resolver import Address
from toys.toy9.sockets import Wishes
from toys.toy9.states import NEXT

CHUNK = 65_536
IN_PROGRESS = (errno.EINPROGRESS, errno.EINTR)
"""An interrupted connect() goes on in the kernel, connect(2); Python hands EINTR on if the socket does not block."""

Callback = Callable[..., None]


class Client:
    """One connection, used once."""

    def __init__(self, poller: Poller, journal: Journal) -> None:
        self.state = "idle"
        self.waiting_for_connection = False
        self.local: Any = None
        self.remote: Any = None
        self.failure: Failure | None = None
        self.poller = poller
        self.journal = journal
        self.socket: socket.socket | None = None
        self.queue: deque[bytes] = deque()
        self.peer_has_ended = False
        self.wishes = Wishes()
        self._on: dict[str, Callback] = {}
        self._interest = NOTHING

    @property
    def local_ip(self) -> str | None:
        return self.local[0] if self.local else None

    @property
    def local_port(self) -> int | None:
        return self.local[1] if self.local else None

    @property
    def remote_ip(self) -> str | None:
        return self.remote[0] if self.remote else None

    @property
    def remote_port(self) -> int | None:
        return self.remote[1] if self.remote else None

    @property
    def is_over(self) -> bool:
        return self.state in ("error", "closed")

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

    def begin(self) -> None:
        """From here on the attempt counts: looking up a name is a part of connecting."""
        self.enter("connecting")

    def connect(self, address: Address) -> None:
        """Starts the attempt without blocking; a failure that is known at once is announced at once."""
        number = self.open(address) or self.call_connect(address)
        if number in IN_PROGRESS:
            self.set_waiting(True)
            self.watch(frozenset({OUT}))
        else:
            self.decide(number)

    def connect_blocking(self, address: Address, timeout_ms: int) -> None:
        """The same attempt with a connect() that blocks; SO_SNDTIMEO bounds it (EINPROGRESS, see socket(7))."""
        number = self.open(address, blocking=True) or self.call_blocking(address, timeout_ms)
        self.decide(errno.ETIMEDOUT if number in (errno.EINPROGRESS, errno.EAGAIN) else number)

    def ready(self, readiness: Interest) -> None:
        """The poller says that something can be done."""
        if self.waiting_for_connection:
            self.decide(self.read_error())
            return
        if OUT in readiness and self.queue and self.state == "connected":
            self.flush()
        if IN in readiness and self.state == "connected" and not self.peer_has_ended:
            self.receive()

    def time_is_up(self) -> None:
        """The timer: what it ends stays ended."""
        if self.state == "connecting":
            self.fail(errors.of_name("ETIMEDOUT"))

    def close(self, end: str = "own") -> None:
        if self.state == "connected":
            self.journal.fact("end", end)
            self.release()
            self.enter("closed")

    def open(self, address: Address, *, blocking: bool = False) -> int:
        """A socket for the attempt; an errno, 0 if all went well."""
        try:
            self.socket = sockets.opened(address, self.wishes, blocking=blocking)
        except socket.gaierror:
            return errno.EADDRNOTAVAIL  # an address of the other family
        except OSError as error:
            return error.errno or errno.EINVAL
        return 0

    def call_connect(self, address: Address) -> int:
        assert self.socket is not None, "open() comes first"
        return self.socket.connect_ex(sockets.sockaddr(*address[1:]))

    def call_blocking(self, address: Address, timeout_ms: int) -> int:
        assert self.socket is not None, "open() comes first"
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, sockets.timeval(timeout_ms))
        number = self.call_connect(address)
        self.socket.setblocking(False)
        return number

    def read_error(self) -> int:
        """SO_ERROR, which reading clears: nobody else may ask before, and nobody after."""
        assert self.socket is not None, "nothing is awaited"
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def decide(self, number: int) -> None:
        """The outcome, from an errno: 0 is success."""
        self.set_waiting(False)
        if number:
            self.fail(errors.of_errno(number))
        else:
            self.succeed()

    def succeed(self) -> None:
        assert self.socket is not None, "nothing was connected"
        try:
            remote, local = self.socket.getpeername(), self.socket.getsockname()
        except OSError as error:
            self.fail(errors.of_errno(error.errno or errno.ENOTCONN))
            return
        if remote == local:
            self.fail(errors.CONNECTED_TO_ITSELF)
            return
        self.remote, self.local = remote, local
        self.announce_endpoints()
        self.enter("connected")
        self.call("connectionEstablished")
        self.after_connected()

    def announce_endpoints(self) -> None:
        self.journal.fact("local", sockets.written(self.local))
        self.journal.fact("remote", sockets.written(self.remote))

    def after_connected(self) -> None:
        """What was queued leaves now; then the loop waits for what is left to wait for."""
        if self.queue and self.state == "connected":
            self.flush()
        if self.state == "connected":
            self.watch(self.wanted())

    def fail(self, failure: Failure) -> None:
        """The one way out with an error: the socket is gone before anybody hears of it."""
        self.set_waiting(False)
        if self.state == "connected" and failure.name == "ECONNRESET":
            self.journal.fact("end", "reset")
        self.failure = failure
        self.release()
        self.enter("error")
        self.journal.fact("error", f"{failure.code}: {failure.text}")
        self.call("errorEncountered", failure.name)

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

    def set_waiting(self, waiting: bool) -> None:
        if waiting != self.waiting_for_connection:
            self.waiting_for_connection = waiting
            self.journal.fact("waitingForConnection", str(waiting).lower())

    def enter(self, state: str) -> None:
        if state not in NEXT[self.state]:
            raise ValueError(f"{state} cannot follow {self.state}")
        old, self.state = self.state, state
        self.journal.state(old, state)

    def call(self, name: str, *args: object) -> None:
        self.journal.callback(name, *args)
        if name in self._on:
            self._on[name](*args)
