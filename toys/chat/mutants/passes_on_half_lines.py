"""Passes on what it has read, whether or not the line is whole."""

from __future__ import annotations

from typing import Final

from toys.chat.guest import Guest
from toys.chat.server import Parts

SIN = "Passes on what it has read, whether or not the line is whole."
CONVICTED_BY = (
    "CH-06",
    "CH-08",
)
EXPOSED_BY = ("half-line",)


class Mutant(Guest):
    def heard(self, data: bytes) -> None:
        super().heard(data if data.endswith(b"\n") else data + b"\n")


PARTS: Final = Parts(guest=Mutant)
