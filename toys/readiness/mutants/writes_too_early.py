"""Writes as soon as connect() has returned, and keeps what the kernel did not take."""

from __future__ import annotations

import contextlib
import socket

from toys.readiness.client import Client

SIN = "Writes as soon as connect() has returned, and keeps what the kernel did not take."
CONVICTED_BY = ("RD-05",)
EXPOSED_BY = ("handshake",)


class MutantClient(Client):
    def await_outcome(self) -> None:
        with contextlib.suppress(OSError):
            self.unsent = self.unsent[self.socket.send(self.unsent, socket.MSG_NOSIGNAL) :]
        super().await_outcome()
