"""Deliberately broken servers: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and PARTS, what
its server is made of. The honest program knows nothing of them.
"""

from __future__ import annotations

from toys.chat.server import Parts
from toys.mutants import Mutants

_MUTANTS = Mutants(__name__)
names, load = _MUTANTS.names, _MUTANTS.load


def parts(name: str) -> Parts:
    """What the mutant's server is made of; of no name, the honest one."""
    found: Parts = load(name).PARTS if name else Parts()
    return found
