"""Calls every failure an abort."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.toy9.errors import Failure

SIN = "Calls every failure an abort."
CONVICTED_BY = ("NC-11",)
EXPOSED_BY = ("refused", "dns-nxdomain", "tls-expired")


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        super().fail(failure._replace(name="ECONNABORTED"))
