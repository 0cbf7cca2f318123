"""Takes the end of its own output for the end of the connection."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Takes the end of its own output for the end of the connection."
CONVICTED_BY = ("T9-50",)
EXPOSED_BY = ("answer-after-half-close",)


class Mutant(Client):
    def end_output(self) -> None:
        super().end_output()
        self.close("eof")
