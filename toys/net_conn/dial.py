"""The first phase: from a host and a port to a connected socket. The name is looked up, its addresses tried in order.

Looking up is done by toy9's resolver, getaddrinfo(3) in a thread of its own with a pipe that wakes the loop. It knows
/etc/hosts, nsswitch.conf and search lists as every other program on the machine does, which a resolver of our own would
not, and a name that takes long holds up no other, because no pool of threads is shared.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import Protocol

from toys.loop import READ, WRITE, Loop, Timer, Watcher
from toys.net_conn import errors
from toys.toy9.errors import Failure
from toys.toy9.resolver import Address, LookUp, literal

UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EINTR})
"""connect() goes on, or is done already: the socket becomes writable in any case. See connect(2) for EINTR."""


class Owner(Protocol):
    """Who is told; `time_left_s` is what the timer of the whole connection still allows."""

    def enter(self, state: str) -> None: ...
    def trying(self, address: Address) -> None: ...
    def gave_up(self, address: Address, failure: Failure) -> None: ...
    def time_left_s(self) -> float: ...
    def connected(self, sock: socket.socket, address: Address) -> None: ...
    def fail(self, failure: Failure) -> None: ...


class Dial:
    """Holds at most one look-up or one socket at a time; `stop` gives it back."""

    def __init__(self, loop: Loop, host: str, port: int, family: str, owner: Owner) -> None:
        self._loop, self._owner = loop, owner
        self._host, self._port, self._family = host, port, family
        self._look_up: LookUp | None = None
        self._socket: socket.socket | None = None
        self._watcher: Watcher | None = None
        self._timer: Timer | None = None
        self._addresses: deque[Address] | tuple[()] = ()
        self._address: Address | None = None

    def start(self) -> None:
        address = literal(self._host, self._port)
        if address is None:
            self._owner.enter("resolving")
            try:
                self.look_up()
            except OSError as error:  # EMFILE: even a look-up needs descriptors
                self._owner.fail(errors.of_error(error))
        else:
            self.try_all([address])

    def look_up(self) -> None:
        self.watch_look_up(LookUp(self._host, self._port, self._family))

    def watch_look_up(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._watcher = self._loop.watch(look_up.fd, READ, self._looked_up)

    def _looked_up(self, ready: int) -> None:
        assert self._look_up is not None, "the pipe of a look-up wakes us"
        found = self._look_up.found
        self.stop()
        if isinstance(found, list):
            self.try_all(found)
        else:
            self._owner.fail(found or errors.of_name("EAI_FAIL"))

    def try_all(self, addresses: list[Address]) -> None:
        self._addresses = deque(addresses)
        self._owner.enter("connecting")
        self.try_next(errors.of_name("EAI_NODATA"))

    def try_next(self, failure: Failure) -> None:
        """Goes on to the next address; `failure` is why the last one is given up, and the outcome if none is left."""
        while self._addresses:
            self._address = address = self._addresses.popleft()
            self._owner.trying(address)
            number = self.connect(address)
            if number in UNDER_WAY:
                self.wait_for_outcome()
                return
            failure = self.given_up(errors.of_errno(number))
        self._owner.fail(failure)

    def connect(self, address: Address) -> int:
        """Opens a socket and calls connect(); an errno, EMFILE and the like included."""
        try:
            self._socket = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            return error.errno or errno.EINVAL
        return self._socket.connect_ex(address[1:])

    def wait_for_outcome(self) -> None:
        """An address that is silent may use up its share of the time, and not what the others need."""
        assert self._socket is not None, "connect() was called"
        self._watcher = self._loop.watch(self._socket, WRITE, self.ready)
        if self._addresses:
            share_s = self._owner.time_left_s() / (1 + len(self._addresses))
            self._timer = self._loop.after(share_s, self._too_late)

    def ready(self, ready: int) -> None:
        """Writable, but a socket that failed is writable too: SO_ERROR tells, once, because reading clears it."""
        assert self._socket is not None, "a socket is watched"
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self.try_next(self.given_up(errors.of_errno(number)))
        else:
            self.succeed()

    def succeed(self) -> None:
        """The socket changes hands; nobody watches it between two owners."""
        sock, self._socket = self._socket, None
        assert sock is not None, "a socket was connected"
        assert self._address is not None, "to an address"
        self.stop()
        self._owner.connected(sock, self._address)

    def _too_late(self) -> None:
        self.try_next(self.given_up(errors.of_name("ETIMEDOUT")))

    def given_up(self, failure: Failure) -> Failure:
        """This address is over, and leaves nothing behind."""
        assert self._address is not None, "one was tried"
        self._owner.gave_up(self._address, failure)
        self.stop()
        return failure

    def stop(self) -> None:
        """Unwatched, then closed: a registration must not outlive its descriptor."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.stop()
        if self._look_up is not None:
            self._look_up.close()
        if self._socket is not None:
            self._socket.close()
        self._timer = self._watcher = self._look_up = self._socket = None
