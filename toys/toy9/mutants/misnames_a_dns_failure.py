"""Says that the name does not exist when the name server has only failed."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Says that the name does not exist when the name server has only failed."
CONVICTED_BY = ("T9-23",)
EXPOSED_BY = ("dns-servfail",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(errors.of_name("EAI_NONAME") if failure.name == "EAI_AGAIN" else failure)
