"""Lets the next requests of a client overtake a slow one."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.http1 import Http1
from toys.httpd.messages import Request
from toys.httpd.parsing import Parser, Refused

SIN = "Lets the next requests of a client overtake a slow one."
CONVICTED_BY = ("HT-11",)
EXPOSED_BY = ("slow-then-quick",)


class Impatient(Http1):
    def _next(self, parser: Parser, asked: Request | Refused) -> bytes:
        answer = super()._next(parser, asked)
        self._later = None
        return answer


class MutantConnection(Connection):
    http1 = Impatient
