"""Takes the signal that interrupts a wait for the end of the attempt."""

from __future__ import annotations

import errno
import signal

from toys.toy9 import errors
from toys.toy9.loop import Dial

SIN = "Takes the signal that interrupts a wait for the end of the attempt."
CONVICTED_BY = ("T9-56",)
EXPOSED_BY = ("signal-while-waiting",)


class MutantDial(Dial):
    def start(self, blocking: bool = False) -> None:
        signal.signal(signal.SIGALRM, _interrupt)
        super().start(blocking)

    def turn(self) -> None:
        try:
            super().turn()
        except InterruptedError:
            self.client.fail(errors.of_errno(errno.EINTR))


def _interrupt(number: int, frame: object) -> None:
    raise InterruptedError
