"""Deliberately broken variants of readiness: one sin a file, each convicted by the clauses that it names and no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the class
that commits it: `MutantClient` or `MutantServer`. The honest program knows nothing of them.
"""

from __future__ import annotations

from typing import NamedTuple

from toys.mutants import Mutants
from toys.readiness.client import Client
from toys.readiness.server import Server


class Variant(NamedTuple):
    """The classes that a run is made of."""

    client: type[Client] = Client
    server: type[Server] = Server


_MUTANTS = Mutants(__name__)
names, load = _MUTANTS.names, _MUTANTS.load


def variant(name: str) -> Variant:
    """The classes of a mutant, or the honest ones for no name. NoSuchMutant if there is none of this name."""
    if not name:
        return Variant()
    module = load(name)
    return Variant(getattr(module, "MutantClient", Client), getattr(module, "MutantServer", Server))
