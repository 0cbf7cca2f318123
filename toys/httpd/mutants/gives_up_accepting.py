"""Closes the listener when accept() fails."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Closes the listener when accept() fails."
CONVICTED_BY = ("HT-07",)
EXPOSED_BY = ("out-of-descriptors",)


class MutantListener(Listener):
    def failed(self, error: OSError) -> None:
        self.close()
