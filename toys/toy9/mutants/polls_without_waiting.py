"""Asks the poller again and again whether anything has happened."""

from __future__ import annotations

from toys.toy9.loop import Dial

SIN = "Asks the poller again and again whether anything has happened."
CONVICTED_BY = ("T9-39",)
EXPOSED_BY = ("delayed-syn-ack",)


class MutantDial(Dial):
    def left_ms(self) -> int | None:
        return 0

    def time_is_up(self) -> None:
        """There is no timer."""
