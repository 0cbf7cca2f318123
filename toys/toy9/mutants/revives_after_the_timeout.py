"""Announces the timeout and keeps the socket; the late SYN-ACK makes it connected all the same."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.loop import Dial

SIN = "Announces the timeout and keeps the socket; the late SYN-ACK makes it connected all the same."
CONVICTED_BY = ("T9-16", "T9-21", "T9-33", "T9-63")
EXPOSED_BY = ("late-syn-ack",)


class Mutant(Client):
    def time_is_up(self) -> None:
        if self.state == "connecting":
            self.failure = errors.of_name("ETIMEDOUT")
            self.journal.fact("waitingForConnection", "false")
            self.journal.state("connecting", "error")
            self.journal.fact("error", "timed-out: timed out")
            self.call("errorEncountered", "ETIMEDOUT")


class MutantDial(Dial):
    def time_is_up(self) -> None:
        super().time_is_up()
        self._deadline = None
