"""Answers 'not now' by asking again at once."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Answers 'not now' by asking again at once."
CONVICTED_BY = ("T9-41",)
EXPOSED_BY = ("large-output",)


TRIES = 5


class Mutant(Client):
    def write(self, data: bytes) -> int | None:
        tries = (super(Mutant, self).write(data) for _ in range(TRIES))
        return next((sent for sent in tries if sent is not None), None)
