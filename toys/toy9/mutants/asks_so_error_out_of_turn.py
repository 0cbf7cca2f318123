"""Asks SO_ERROR now and then whether the connection is well, and believes it."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.loop import Dial

SIN = "Asks SO_ERROR now and then whether the connection is well, and believes it."
CONVICTED_BY = ("T9-07", "T9-55")
EXPOSED_BY = ("icmp-on-established",)


TICK_MS = 5


class MutantDial(Dial):
    def left_ms(self) -> int | None:
        return TICK_MS if self.client.state == "connected" else super().left_ms()

    def turn(self) -> None:
        super().turn()
        number = self.client.read_error() if self.client.state == "connected" else 0
        if number:
            self.client.fail(errors.of_errno(number))
