"""Keeps what was not written, and waits for input."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.stream import INPUT

SIN = "Keeps what was not written, and waits for input."
CONVICTED_BY = ("HT-17",)
EXPOSED_BY = ("slow-reader",)


class MutantConnection(Connection):
    def watch(self) -> None:
        if self.is_open:
            self.watcher.set(INPUT)
