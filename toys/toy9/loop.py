"""The loop: waits in the poller, hands out readiness, looks at the clock. It never blocks anywhere else."""

from __future__ import annotations

import time

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.errors import Failure
from toys.toy9.pollers import IN, Poller, milliseconds
from toys.toy9.resolver import Address, Found, LookUp, literal


class Dial:
    """One attempt to reach `host` at `port`, from its name to its outcome; `timeout_ms` 0 waits for ever."""

    def __init__(self, client: Client, poller: Poller, host: str, port: int, *, timeout_ms: int, family: str) -> None:
        self.client = client
        self.poller = poller
        self.host, self.port, self.family = host, port, family
        self.timeout_ms = timeout_ms
        self._deadline = time.monotonic() + timeout_ms / 1000 if timeout_ms else None
        self._blocking = False
        self._look_up: LookUp | None = None

    def run(self, blocking: bool = False) -> None:
        """From the beginning to the end of the connection."""
        self.start(blocking)
        while not self.client.is_over:
            self.turn()
        self.forget_look_up()

    def start(self, blocking: bool = False) -> None:
        self._blocking = blocking
        self.client.begin()
        address = literal(self.host, self.port)
        if address is None:
            self.look_up()
        else:
            self.connect(address, self.timeout_ms)

    def connect(self, address: Address, limit_ms: int) -> None:
        """`limit_ms` bounds a connect() that blocks, 0 does not; the waits of the loop bound the other kind."""
        if self._blocking:
            self.client.connect_blocking(address, limit_ms)
        else:
            self.client.connect(address)

    def turn(self) -> None:
        """One wait and all that it brought. Readiness goes before the timer: what has happened has happened."""
        for fd, readiness in self.poller.wait(self.left_ms()):
            if self._look_up is not None and fd == self._look_up.fd:
                self.looked_up(self.forget_look_up())
            elif self.client.socket is not None and fd == self.client.socket.fileno():
                self.client.ready(readiness)
        if self.left_ms() == 0:
            self.time_is_up()

    def left_ms(self) -> int | None:
        """How long the next wait may be; the timer counts only until the outcome is known."""
        if self._deadline is None or self.client.state != "connecting":
            return None
        return milliseconds(self._deadline - time.monotonic())

    def time_is_up(self) -> None:
        self.forget_look_up()
        self.client.time_is_up()

    def look_up(self) -> None:
        try:
            self._look_up = LookUp(self.host, self.port, self.family)
        except OSError as error:
            self.client.fail(errors.of_error(error))
        else:
            self.poller.watch(self._look_up.fd, frozenset({IN}))

    def looked_up(self, found: Found | None) -> None:
        """Only the first address is tried; who wants the others dials again."""
        if isinstance(found, Failure):
            self.client.fail(found)
        elif found:
            left_ms = self.left_ms()
            self.connect(found[0], 0 if left_ms is None else max(1, left_ms))

    def forget_look_up(self) -> Found | None:
        """Nothing that is found from now on is looked at; what was found already is returned."""
        if self._look_up is None:
            return None
        done, self._look_up = self._look_up, None
        self.poller.unwatch(done.fd)
        done.close()
        return done.found
