"""Sets no deadline for the handshake of TLS."""

from __future__ import annotations

from toys.httpd.tls import TlsConnection

SIN = "Sets no deadline for the handshake of TLS."
CONVICTED_BY = ("HT-28",)
EXPOSED_BY = ("tls-silence", "tls-half-a-hello")


class MutantTls(TlsConnection):
    def wait_for(self, what: str, seconds: float) -> None:
        if what == "handshake":
            self.wait_for_ourselves()
        else:
            super().wait_for(what, seconds)
