"""Deliberately broken variants of toy9: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the classes
that commit it: `Mutant`, a Client, or `MutantDial`, a Dial, or both. The honest program knows nothing of them.
"""

from __future__ import annotations

from typing import NamedTuple

from toys.mutants import Mutants
from toys.toy9.client import Client
from toys.toy9.loop import Dial


class Variant(NamedTuple):
    """The classes that a run is made of."""

    client: type[Client] = Client
    dial: type[Dial] = Dial


_MUTANTS = Mutants(__name__)
names, load = _MUTANTS.names, _MUTANTS.load


def variant(name: str) -> Variant:
    """The classes of a mutant, or the honest ones for no name."""
    if not name:
        return Variant()
    module = load(name)
    return Variant(getattr(module, "Mutant", Client), getattr(module, "MutantDial", Dial))
