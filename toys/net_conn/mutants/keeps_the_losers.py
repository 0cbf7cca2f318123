"""Leaves the addresses that have lost the race as they are, until the connection itself is over."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.race import Race, Runner

SIN = "Leaves the addresses that have lost the race as they are, until the connection itself is over."
CONVICTED_BY = ("NC-27",)
EXPOSED_BY = ("race-slow-first",)

_LEFT: list[Runner] = []


class MutantRace(Race):
    def won(self, runner: Runner) -> None:
        for other in self._running:
            if other is not runner and other.watcher is not None:
                other.watcher.stop()
                _LEFT.append(other)
        self._running = [runner]
        super().won(runner)


class Mutant(Connection):
    race = MutantRace

    def close(self) -> None:
        while _LEFT:
            _LEFT.pop().stop()
        super().close()
