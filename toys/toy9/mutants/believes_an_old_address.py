"""Dials an address that was right yesterday, and not the one that was given."""

from __future__ import annotations

import socket

from toys.toy9.errors import Failure
from toys.toy9.loop import Dial
from toys.toy9.resolver import Found

SIN = "Dials an address that was right yesterday, and not the one that was given."
CONVICTED_BY = ("T9-60",)
EXPOSED_BY = ("dns-success",)


class MutantDial(Dial):
    def looked_up(self, found: Found | None) -> None:
        if not isinstance(found, Failure):
            found = [(socket.AF_INET, "127.0.0.9", self.port)]
        super().looked_up(found)
