"""Forks a helper that holds the connection open when the program has ended."""

from __future__ import annotations

import os
import signal

from toys.toy9.client import Client

SIN = "Forks a helper that holds the connection open when the program has ended."
CONVICTED_BY = ("T9-48",)
EXPOSED_BY = ("peer-closes",)


class Mutant(Client):
    def after_connected(self) -> None:
        if os.fork() == 0:
            signal.pause()
            os._exit(0)
        super().after_connected()
