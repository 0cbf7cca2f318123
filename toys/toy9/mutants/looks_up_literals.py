"""Asks the name server about an address that needs no looking up."""

from __future__ import annotations

import socket
from contextlib import suppress

from toys.toy9.loop import Dial
from toys.toy9.resolver import Found, LookUp, look_up

SIN = "Asks the name server about an address that needs no looking up."
CONVICTED_BY = ("T9-30",)
EXPOSED_BY = ("literal-address",)


def ask(host: str, port: int, family: str) -> Found:
    with suppress(OSError):
        socket.gethostbyaddr(host)
    return look_up(host, port, family)


class MutantDial(Dial):
    def run(self, blocking: bool = False) -> None:
        LookUp(self.host, self.port, self.family, ask)
        super().run(blocking)
