"""Wakes every few milliseconds to look whether there is something to do."""

from __future__ import annotations

from toys.toy9.loop import Dial

SIN = "Wakes every few milliseconds to look whether there is something to do."
CONVICTED_BY = ("T9-40",)
EXPOSED_BY = ("idle",)


TICK_MS = 2


class MutantDial(Dial):
    def left_ms(self) -> int | None:
        return TICK_MS
