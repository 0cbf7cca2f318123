"""Forgets that the socket is watched already, and adds it to the poller once more, in vain."""

from __future__ import annotations

from contextlib import suppress

from toys.toy9.client import Client

SIN = "Forgets that the socket is watched already, and adds it to the poller once more, in vain."
CONVICTED_BY = ("T9-37",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def after_connected(self) -> None:
        super().after_connected()
        if self.socket is not None:
            watched: set[int] = vars(self.poller)["_watched"]
            watched.remove(self.socket.fileno())
            with suppress(FileExistsError):
                self.poller.watch(self.socket.fileno(), frozenset({"in"}))
            watched.add(self.socket.fileno())
