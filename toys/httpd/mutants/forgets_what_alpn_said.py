"""Agrees to HTTP/2, and speaks HTTP/1.1."""

from __future__ import annotations

from toys.httpd.tls import TlsConnection

SIN = "Agrees to HTTP/2, and speaks HTTP/1.1."
CONVICTED_BY = ("HT-30",)
EXPOSED_BY = ("tls-http2",)


class MutantTls(TlsConnection):
    def detect(self, data: memoryview) -> None:
        self.protocol = self.http1(self)
        self.protocol.receive(data)
