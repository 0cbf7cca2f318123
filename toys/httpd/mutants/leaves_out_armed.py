"""Watches for OUT all the time."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.stream import INPUT
from toys.loop import WRITE

SIN = "Watches for OUT all the time."
CONVICTED_BY = ("HT-16", "HT-18")
EXPOSED_BY = ("answer",)


class MutantConnection(Connection):
    def take(self, data: memoryview) -> None:
        super().take(data)
        self.watch()

    def watch(self) -> None:
        if self.is_open:
            self.watcher.set(INPUT | WRITE)
