"""Ends an HTTP/2 connection without a GOAWAY."""

from __future__ import annotations

from toys.httpd.connection import Connection, Speaks

SIN = "Ends an HTTP/2 connection without a GOAWAY."
CONVICTED_BY = ("HT-31",)
EXPOSED_BY = ("http2-protocol-error", "http2-goodbye")


class MutantConnection(Connection):
    def http2(self) -> Speaks:
        from toys.httpd.http2 import Http2

        class Wordless(Http2):
            def _say_goodbye(self, error: int = 0, *, unsaid: int = 0) -> None:
                """The end speaks for itself."""

        return Wordless(self)
