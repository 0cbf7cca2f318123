"""Passes on the beginning of a line that is too long."""

from __future__ import annotations

from typing import Final

from toys.chat.guest import Guest
from toys.chat.server import Parts

SIN = "Passes on the beginning of a line that is too long."
CONVICTED_BY = (
    "CH-08",
    "CH-12",
)
EXPOSED_BY = ("too-long",)


class Mutant(Guest):
    def take(self, line: bytes) -> None:
        super().take(line[: self._server.limits.longest_line])


PARTS: Final = Parts(guest=Mutant)
