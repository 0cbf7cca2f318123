"""Does not believe the end of the input, and reads on."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Does not believe the end of the input, and reads on."
CONVICTED_BY = ("T9-46",)
EXPOSED_BY = ("peer-closes",)


TIMES = 3


class Mutant(Client):
    def end_of_input(self) -> None:
        for _ in range(TIMES):
            self.read()
        super().end_of_input()
