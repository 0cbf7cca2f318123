"""Goes from connecting to ready without telling of the handshake."""

from __future__ import annotations

from toys.net_conn.connection import Connection

SIN = "Goes from connecting to ready without telling of the handshake."
CONVICTED_BY = ("NC-01",)
EXPOSED_BY = ("tls",)


class Mutant(Connection):
    def enter(self, state: str) -> None:
        if state != "tls_handshake":
            super().enter(state)
