"""Takes the head start of an address for its time: gives it up when the next one begins."""

from __future__ import annotations

from toys.net_conn import errors
from toys.net_conn.connection import Connection
from toys.net_conn.race import Race

SIN = "Takes the head start of an address for its time: gives it up when the next one begins."
CONVICTED_BY = ("NC-28",)
EXPOSED_BY = ("race-slow-first",)


class MutantRace(Race):
    def head_start_is_over(self) -> None:
        for runner in list(self._running):
            self.lost(runner, errors.of_name("ETIMEDOUT"))
        super().head_start_is_over()


class Mutant(Connection):
    race = MutantRace
