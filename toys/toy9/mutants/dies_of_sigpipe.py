"""Writes without MSG_NOSIGNAL and lets SIGPIPE have its default effect."""

from __future__ import annotations

import signal
from contextlib import suppress

from toys.toy9.client import Client

SIN = "Writes without MSG_NOSIGNAL and lets SIGPIPE have its default effect."
CONVICTED_BY = ("T9-20", "T9-27", "T9-45")
EXPOSED_BY = ("reset-with-output",)


class Mutant(Client):
    def write(self, data: bytes) -> int | None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        assert self.socket is not None, "not connected"
        with suppress(OSError):
            return self.socket.send(data)
        return None
