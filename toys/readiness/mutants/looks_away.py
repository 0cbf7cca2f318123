"""Does not accept when its listener becomes readable for the first time."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Does not accept when its listener becomes readable for the first time."
CONVICTED_BY = ("RD-10",)
EXPOSED_BY = ("level",)


class MutantServer(Server):
    looked = False

    def accept_all(self) -> None:
        if self.looked:
            super().accept_all()
        self.looked = True
