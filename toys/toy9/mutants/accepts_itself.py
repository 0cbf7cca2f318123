"""Does not notice that it is connected to itself."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Does not notice that it is connected to itself."
CONVICTED_BY = ("T9-28",)
EXPOSED_BY = ("self-connect",)


class Mutant(Client):
    def succeed(self) -> None:
        assert self.socket is not None, "nothing was connected"
        self.remote, self.local = self.socket.getpeername(), self.socket.getsockname()
        self.announce_endpoints()
        self.enter("connected")
        self.call("connectionEstablished")
        self.close()
