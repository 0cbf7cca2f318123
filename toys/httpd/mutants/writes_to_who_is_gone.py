"""Tries a write that failed again, and lets SIGPIPE have its default effect."""

from __future__ import annotations

import signal
from contextlib import suppress

from toys.httpd.connection import Connection

SIN = "Tries a write that failed again, and lets SIGPIPE have its default effect."
CONVICTED_BY = ("HT-21", "HT-22")
EXPOSED_BY = ("reset-before-the-answer",)


class MutantConnection(Connection):
    def flush(self) -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        with suppress(OSError):
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        if self.unsent:
            self.sock.send(self.unsent)
