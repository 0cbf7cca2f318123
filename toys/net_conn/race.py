"""The first phase in another way: the addresses of a name side by side, each with a head start over the next one.

Happy Eyeballs, RFC 8305: an address that is slow holds up nobody, and is not given up for that. Who stands first takes
the connection, and all others are given up at once, also those that stand in the same turn of the loop.
"""

from __future__ import annotations

import errno
import socket

from toys.loop import WRITE, Loop, Watcher
from toys.net_conn import errors
from toys.net_conn.dial import UNDER_WAY, Dial, Owner
from toys.toy9.errors import Failure
from toys.toy9.resolver import Address


class Runner:
    """One address of the race: its socket, and the watcher that waits for its outcome."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.socket: socket.socket | None = None
        self.watcher: Watcher | None = None

    def connect(self) -> int:
        """Opens a socket and calls connect(); an errno, EMFILE and the like included."""
        try:
            self.socket = socket.socket(self.address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            return error.errno or errno.EINVAL
        return self.socket.connect_ex(self.address[1:])

    def outcome(self) -> int:
        """SO_ERROR, which reading clears."""
        assert self.socket is not None, "a runner that is watched has a socket"
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def handed_over(self) -> socket.socket:
        """The socket, which belongs to somebody else from now on and is watched by nobody."""
        assert self.socket is not None, "a socket was connected"
        sock, self.socket = self.socket, None
        self.stop()
        return sock

    def stop(self) -> None:
        """Unwatched, then closed."""
        if self.watcher is not None:
            self.watcher.stop()
        if self.socket is not None:
            self.socket.close()
        self.watcher = self.socket = None


class Race(Dial):
    """`head_start_s` is what each address has before the next one begins; a failure ends it."""

    def __init__(self, loop: Loop, host: str, port: int, family: str, owner: Owner, head_start_s: float) -> None:
        super().__init__(loop, host, port, family, owner)
        self._head_start_s = head_start_s
        self._running: list[Runner] = []

    def try_next(self, failure: Failure) -> None:
        """Begins the next address; `failure` is the outcome if there is none and nobody runs any more."""
        while self._addresses:
            runner = Runner(self._addresses.popleft())
            self._owner.trying(runner.address)
            number = runner.connect()
            if number in UNDER_WAY:
                self.run(runner)
                return
            failure = self.lost(runner, errors.of_errno(number))
        if not self._running:
            self._owner.fail(failure)

    def run(self, runner: Runner) -> None:
        assert runner.socket is not None, "connect() was called"
        runner.watcher = self._loop.watch(runner.socket, WRITE, lambda ready: self.decided(runner))
        self._running.append(runner)
        if self._addresses:
            self._timer = self._loop.after(self._head_start_s, self.head_start_is_over)

    def head_start_is_over(self) -> None:
        self.try_next(errors.of_name("ETIMEDOUT"))

    def decided(self, runner: Runner) -> None:
        number = runner.outcome()
        if not number:
            self.won(runner)
            return
        failure = self.lost(runner, errors.of_errno(number))
        if self._timer is not None:
            self._timer.cancel()
        self.try_next(failure)

    def lost(self, runner: Runner, failure: Failure) -> Failure:
        """This address is over, and leaves nothing behind."""
        self._owner.gave_up(runner.address, failure)
        self._running = [other for other in self._running if other is not runner]
        runner.stop()
        return failure

    def won(self, runner: Runner) -> None:
        self._running.remove(runner)
        sock = runner.handed_over()
        self.stop()
        self._owner.connected(sock, runner.address)

    def stop(self) -> None:
        for runner in self._running:
            runner.stop()
        self._running = []
        super().stop()
