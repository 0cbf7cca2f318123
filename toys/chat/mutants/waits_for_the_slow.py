"""Waits where it stands until a client has room."""

from __future__ import annotations

import select
from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Waits where it stands until a client has room."
CONVICTED_BY = ("CH-10", "CH-17")
EXPOSED_BY = ("catches-up",)


PATIENCE_S = 0.05


class Mutant(Connection):
    def _weigh(self) -> None:
        super()._weigh()
        if not self.is_closed:
            select.select([], [self._sock], [], PATIENCE_S)


PARTS: Final = Parts(connection=Mutant)
