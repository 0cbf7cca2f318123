"""Gives a request more time whenever a byte of it comes."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.http1 import Http1

SIN = "Gives a request more time whenever a byte of it comes."
CONVICTED_BY = ("HT-25",)
EXPOSED_BY = ("slow-head",)


class Patient(Http1):
    def receive(self, data: memoryview) -> None:
        self._waited = ""
        super().receive(data)


class MutantConnection(Connection):
    http1 = Patient
