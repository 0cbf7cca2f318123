"""Leaves the socket of an address that failed open."""

from __future__ import annotations

import socket
from typing import ClassVar

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.errors import Failure

SIN = "Leaves the socket of an address that failed open."
CONVICTED_BY = ("NC-25",)
EXPOSED_BY = ("first-refused",)


class MutantDial(Dial):
    leaked: ClassVar[list[socket.socket]] = []

    def given_up(self, failure: Failure) -> Failure:
        if self._socket is not None:
            self.leaked.append(self._socket)
            self._socket = None
        return super().given_up(failure)


class Mutant(Connection):
    dial = MutantDial
