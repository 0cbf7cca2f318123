"""Ends TCP and not TLS."""

from __future__ import annotations

from toys.httpd.tls import TlsConnection

SIN = "Ends TCP and not TLS."
CONVICTED_BY = ("HT-29",)
EXPOSED_BY = ("tls-close-notify", "tls-idle")


class MutantTls(TlsConnection):
    def say_goodbye(self) -> None:
        """It takes a FIN for an end."""
