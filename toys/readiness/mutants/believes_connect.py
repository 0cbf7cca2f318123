"""Takes the return of connect() for the connection, and says at once that it stands."""

from __future__ import annotations

from toys.readiness.client import Client

SIN = "Takes the return of connect() for the connection, and says at once that it stands."
CONVICTED_BY = ("RD-03", "RD-04")
EXPOSED_BY = ("handshake",)


class MutantClient(Client):
    def await_outcome(self) -> None:
        self.diary.enter("connected")
        super().await_outcome()

    def succeed(self) -> None:
        self.diary.state = "connecting"
        super().succeed()
