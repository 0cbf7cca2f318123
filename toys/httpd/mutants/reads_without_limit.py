"""Reads a body however long it is."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.http1 import Http1, Wire
from toys.httpd.parsing import Parser

SIN = "Reads a body however long it is."
CONVICTED_BY = ("HT-09",)
EXPOSED_BY = ("endless-body",)


class Greedy(Http1):
    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        limits = wire.context.limits
        wire.context.parsers.append(Parser(limits._replace(body_bytes=1 << 30)))


class MutantConnection(Connection):
    http1 = Greedy
