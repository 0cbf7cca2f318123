"""Closes the socket of an attempt that timed out, and leaves it in the books of the poller for the next one."""

from __future__ import annotations

from contextlib import suppress

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.pollers import Interest

SIN = "Closes the socket of an attempt that timed out, and leaves it in the books of the poller for the next one."
CONVICTED_BY = ("T9-03", "T9-20", "T9-37")
EXPOSED_BY = ("another-after-the-timeout",)


class Mutant(Client):
    def time_is_up(self) -> None:
        if self.state == "connecting" and self.socket is not None:
            self.socket.close()
            self.socket = None
            self.fail(errors.of_name("ETIMEDOUT"))

    def watch(self, interest: Interest) -> None:
        with suppress(FileNotFoundError):
            super().watch(interest)
