"""Looks up four names at a time, so that four which nobody answers keep all others waiting."""

from __future__ import annotations

from collections import deque
from threading import Event

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import Found, LookUp, look_up

SIN = "Looks up four names at a time, so that four which nobody answers keep all others waiting."
CONVICTED_BY = ("NC-29",)
EXPOSED_BY = ("slow-names-beside",)

LAST: deque[Event] = deque()
"""The end of each of the last four look-ups: who comes fifth waits for the first."""
AT_A_TIME = 4


class MutantDial(Dial):
    def look_up(self) -> None:
        before = LAST.popleft() if len(LAST) == AT_A_TIME else None
        ended = Event()
        LAST.append(ended)

        def look_up_in_turn(host: str, port: int, family: str) -> Found:
            if before:
                before.wait()
            found = look_up(host, port, family)
            ended.set()
            return found

        self.watch_look_up(LookUp(self._host, self._port, self._family, look_up_in_turn))


class Mutant(Connection):
    dial = MutantDial
