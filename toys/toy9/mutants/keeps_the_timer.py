"""Does not stop the timer of the connect once it is connected."""

from __future__ import annotations

import time

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.loop import Dial
from toys.toy9.pollers import milliseconds

SIN = "Does not stop the timer of the connect once it is connected."
CONVICTED_BY = ("T9-53",)
EXPOSED_BY = ("connected-for-longer-than-the-timeout",)


class Mutant(Client):
    def time_is_up(self) -> None:
        if not self.is_over:
            self.fail(errors.of_name("ETIMEDOUT"))


class MutantDial(Dial):
    def left_ms(self) -> int | None:
        return None if self._deadline is None else milliseconds(self._deadline - time.monotonic())
