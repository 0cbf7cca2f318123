"""Takes writability for success and never asks SO_ERROR."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial

SIN = "Takes writability for success and never asks SO_ERROR."
CONVICTED_BY = ("NC-09",)
EXPOSED_BY = ("plain",)


class MutantDial(Dial):
    def ready(self, ready: int) -> None:
        self.succeed()


class Mutant(Connection):
    dial = MutantDial
