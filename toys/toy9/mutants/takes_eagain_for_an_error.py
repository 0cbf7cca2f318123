"""Gives a healthy connection up because the kernel has no room just now."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client

SIN = "Gives a healthy connection up because the kernel has no room just now."
CONVICTED_BY = ("T9-31",)
EXPOSED_BY = ("large-output",)


class Mutant(Client):
    def write(self, data: bytes) -> int | None:
        sent = super().write(data)
        if sent is None and self.state == "connected":
            self.fail(errors.of_name("EAGAIN"))
        return sent
