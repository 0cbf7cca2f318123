"""Lets connect() block, and the loop with it."""

from __future__ import annotations

import errno
import socket

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import Address

SIN = "Lets connect() block, and the loop with it."
CONVICTED_BY = ("NC-08",)
EXPOSED_BY = ("plain",)


class MutantDial(Dial):
    def connect(self, address: Address) -> int:
        self._socket = socket.socket(address[0], socket.SOCK_STREAM)
        number = self._socket.connect_ex(address[1:])
        self._socket.setblocking(False)
        return number or errno.EINPROGRESS


class Mutant(Connection):
    dial = MutantDial
