"""Delivers the wake-up of an attempt that was given up to the next one, whose socket has the same number."""

from __future__ import annotations

from typing import ClassVar

from toys.toy9.loop import Dial
from toys.toy9.pollers import OUT

SIN = "Delivers the wake-up of an attempt that was given up to the next one, whose socket has the same number."
CONVICTED_BY = ("T9-71",)
EXPOSED_BY = ("another-after-the-timeout",)


class MutantDial(Dial):
    undelivered: ClassVar[set[int]] = set()

    def start(self, blocking: bool = False) -> None:
        super().start(blocking)
        if self.client.socket is not None and self.client.socket.fileno() in self.undelivered:
            self.client.ready(frozenset({OUT}))

    def time_is_up(self) -> None:
        if self.client.socket is not None:
            self.undelivered.add(self.client.socket.fileno())
        super().time_is_up()
