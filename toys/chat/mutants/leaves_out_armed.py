"""Goes on watching for room with nothing to write."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts
from toys.loop import WRITE

SIN = "Goes on watching for room with nothing to write."
CONVICTED_BY = (
    "CH-15",
    "CH-23",
)
EXPOSED_BY = ("talk",)


class Mutant(Connection):
    def write(self, data: bytes) -> None:
        super().write(data)
        if not self.is_closed:
            self._watcher.set(self._watcher.interest | WRITE)

    def flush(self) -> None:
        if self._outbox:
            super().flush()


PARTS: Final = Parts(connection=Mutant)
