"""Tells who closes it in the middle of an attempt that it has failed."""

from __future__ import annotations

from toys.net_conn.connection import Connection

SIN = "Tells who closes it in the middle of an attempt that it has failed."
CONVICTED_BY = ("NC-03", "NC-04")
EXPOSED_BY = ("close-while-connecting",)


class Mutant(Connection):
    def close(self) -> None:
        was_ready = self.state == "ready"
        super().close()
        if self._journal and not was_ready:
            self._journal.callback("on_error", "ECANCELED")
