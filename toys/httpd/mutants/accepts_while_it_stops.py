"""Goes on listening while it stops."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Goes on listening while it stops."
CONVICTED_BY = ("HT-26",)
EXPOSED_BY = ("nobody-new-while-it-stops",)


class MutantListener(Listener):
    def close(self) -> None:
        """Whoever comes is still taken in."""
