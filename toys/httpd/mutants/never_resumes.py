"""Stops accepting at the cap, and never begins again."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Stops accepting at the cap, and never begins again."
CONVICTED_BY = ("HT-04",)
EXPOSED_BY = ("at-the-cap",)


class MutantListener(Listener):
    def resume(self) -> None:
        """Whoever is in the queue stays there."""
