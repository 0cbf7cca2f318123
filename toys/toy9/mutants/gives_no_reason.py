"""Reports the errno that connect() left behind as the reason of the failure."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Reports the errno that connect() left behind as the reason of the failure."
CONVICTED_BY = ("T9-68",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(failure._replace(text="operation now in progress"))
