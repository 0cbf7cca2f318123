"""Closes the socket first, and then tells the poller."""

from __future__ import annotations

from contextlib import suppress

from toys.httpd.connection import Connection

SIN = "Closes the socket first, and then tells the poller."
CONVICTED_BY = ("HT-19",)
EXPOSED_BY = ("answer", "tls-no-alpn")


class MutantConnection(Connection):
    def release(self) -> None:
        self.is_open = False
        self.sock.close()
        with suppress(OSError):
            self.watcher.stop()
        self.watcher.interest = 0
        self.watcher.stop()
