"""Has a timer, and waits in the poller without a limit."""

from __future__ import annotations

from toys.toy9.loop import Dial

SIN = "Has a timer, and waits in the poller without a limit."
CONVICTED_BY = ("T9-22",)
EXPOSED_BY = ("dns-too-slow",)


class MutantDial(Dial):
    def left_ms(self) -> int | None:
        return None
