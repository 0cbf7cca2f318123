"""Sends again after the handshake what sendto() had taken with the SYN."""

from __future__ import annotations

from toys.readiness.client import Client

SIN = "Sends again after the handshake what sendto() had taken with the SYN."
CONVICTED_BY = ("RD-06",)
EXPOSED_BY = ("fast-open-ignored",)


class MutantClient(Client):
    def succeed(self) -> None:
        self.unsent = self.wishes.send
        super().succeed()
