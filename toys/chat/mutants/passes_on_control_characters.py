"""Passes lines on as they are."""

from __future__ import annotations

from typing import Final

from toys.chat.guest import Guest
from toys.chat.server import Parts

SIN = "Passes lines on as they are."
CONVICTED_BY = ("CH-11",)
EXPOSED_BY = ("escape-sequences",)


class Mutant(Guest):
    def take(self, line: bytes) -> None:
        if self._member and self._member.number in self._server.room.members and not line.startswith(b"/"):
            self._server.room.aside(self._member, b"")
            self._server.room._turn.append(self._member.prefix + line + b"\n")
        else:
            super().take(line)


PARTS: Final = Parts(guest=Mutant)
