"""Writes one more word after it has shut its sending side."""

from __future__ import annotations

import socket
from contextlib import suppress

from toys.toy9.client import Client

SIN = "Writes one more word after it has shut its sending side."
CONVICTED_BY = ("T9-20", "T9-49")
EXPOSED_BY = ("own-half-close",)


class Mutant(Client):
    def end_output(self) -> None:
        super().end_output()
        if self.socket is not None:
            with suppress(BrokenPipeError):
                self.socket.send(b"bye", socket.MSG_NOSIGNAL)
