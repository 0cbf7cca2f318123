"""Leaves the listener blocking, and accepts once for each readiness."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Leaves the listener blocking, and accepts once for each readiness."
CONVICTED_BY = ("HT-01", "HT-03")
EXPOSED_BY = ("answer",)


class MutantListener(Listener):
    def ready(self, _: int) -> None:
        self.sock.setblocking(True)
        self.take(*self.sock.accept())
