"""Goes on waiting for the doorway when there are no descriptors left."""

from __future__ import annotations

from typing import Final

from toys.chat.doorway import Doorway
from toys.chat.server import Parts

SIN = "Goes on waiting for the doorway when there are no descriptors left."
CONVICTED_BY = ("CH-04",)
EXPOSED_BY = ("no-descriptors",)


class Mutant(Doorway):
    def pause(self, why: str) -> None:
        self._journal.fact("paused", why)


PARTS: Final = Parts(doorway=Mutant)
