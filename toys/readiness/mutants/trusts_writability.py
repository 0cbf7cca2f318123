"""Takes writability for success and never asks SO_ERROR."""

from __future__ import annotations

from toys.readiness.client import Client

SIN = "Takes writability for success and never asks SO_ERROR."
CONVICTED_BY = ("RD-04",)
EXPOSED_BY = ("handshake",)


class MutantClient(Client):
    def read_error(self) -> int:
        return 0
