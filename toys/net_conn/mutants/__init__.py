"""Deliberately broken variants of net_conn: one sin a file, each convicted by the clauses that it names and no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the class
that commits it: `Mutant`, a Connection, which may bring its own phases. The honest program knows nothing of them.
"""

from __future__ import annotations

from toys.mutants import Mutants
from toys.net_conn.connection import Connection

_MUTANTS = Mutants(__name__)
names, load = _MUTANTS.names, _MUTANTS.load


def variant(name: str) -> type[Connection]:
    """The class of a mutant, or the honest one for no name."""
    mutant: type[Connection] = load(name).Mutant if name else Connection
    return mutant
