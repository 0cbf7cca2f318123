"""The connection: how it comes to stand or fails to, and what it calls back then.

The rules that this file is about:

- SO_ERROR decides, once, before anything else touches the socket; writability alone says only that it is decided.
- What connect() itself says is final: a socket that failed at once is never watched.
- Whoever ends an attempt (the kernel, the timer, the caller) closes the socket at once; there is one outcome.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from toys.toy9 import errors, sockets
from toys.toy9.errors import Failure
from toys.toy9.exchange import Exchange
from toys.toy9.journal import Journal
from toys.toy9.pollers import IN, OUT, Interest, Poller
from toys.toy9.resolver import Address
from toys.toy9.sockets import Wishes

IN_PROGRESS = (errno.EINPROGRESS, errno.EINTR)
"""An interrupted connect() goes on in the kernel, connect(2); Python hands EINTR on if the socket does not block."""


class Client(Exchange):
    """One connection, used once."""

    def __init__(self, poller: Poller, journal: Journal) -> None:
        super().__init__(poller, journal)
        self.waiting_for_connection = False
        self.local: Any = None
        self.remote: Any = None
        self.wishes = Wishes()

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
        self.set_waiting(False)
        super().fail(failure)

    def set_waiting(self, waiting: bool) -> None:
        if waiting != self.waiting_for_connection:
            self.waiting_for_connection = waiting
            self.journal.fact("waitingForConnection", str(waiting).lower())
