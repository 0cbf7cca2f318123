"""Takes in everybody who comes."""

from __future__ import annotations

from contextlib import suppress

from toys.httpd.listener import Listener

SIN = "Takes in everybody who comes."
CONVICTED_BY = ("HT-05",)
EXPOSED_BY = ("at-the-cap",)


class MutantListener(Listener):
    def ready(self, _: int) -> None:
        with suppress(BlockingIOError):
            while True:
                self.take(*self.sock.accept())
