"""Gives up when half of its time is over."""

from __future__ import annotations

from toys.toy9.loop import Dial

SIN = "Gives up when half of its time is over."
CONVICTED_BY = ("T9-54",)
EXPOSED_BY = ("own-timeout",)


class MutantDial(Dial):
    def start(self, blocking: bool = False) -> None:
        if self._deadline is not None:
            self._deadline -= self.timeout_ms / 2000
        super().start(blocking)
