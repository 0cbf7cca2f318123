"""Accepts one connection for each edge, however many are in the queue."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Accepts one connection for each edge, however many are in the queue."
CONVICTED_BY = ("HT-03",)
EXPOSED_BY = ("answer",)


class MutantListener(Listener):
    def ready(self, _: int) -> None:
        if len(self.connections) >= self.context.limits.connections:
            self.pause()
        else:
            self.take(*self.sock.accept())
