"""Announces every failure as a refusal."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Announces every failure as a refusal."
CONVICTED_BY = ("T9-08", "T9-57")
EXPOSED_BY = ("icmp-host-unreachable",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(errors.of_name("ECONNREFUSED"))
