"""Answers the first request of a read, and throws the others away."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.http1 import Http1
from toys.httpd.parsing import Parser

SIN = "Answers the first request of a read, and throws the others away."
CONVICTED_BY = ("HT-10",)
EXPOSED_BY = ("pipelined",)


class Forgetful(Http1):
    def _burst(self, parser: Parser) -> bytes:
        first = self._next(parser, parser.queue.popleft())
        parser.queue.clear()
        return first


class MutantConnection(Connection):
    http1 = Forgetful
