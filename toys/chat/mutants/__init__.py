"""Deliberately broken servers: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and PARTS, what
its server is made of. The honest program knows nothing of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from types import ModuleType

from toys.chat.server import Parts


class NoSuchMutant(Exception):
    """Its text names the nearest that there is."""


def names() -> list[str]:
    """Every mutant, written as on the command line."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """The mutant's module. NoSuchMutant if there is none of this name."""
    known = names()
    if name not in known:
        near = get_close_matches(name, known, 1, cutoff=0.4)
        raise NoSuchMutant(f"there is no mutant {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def parts(name: str) -> Parts:
    """What the mutant's server is made of; of no name, the honest one."""
    found: Parts = load(name).PARTS if name else Parts()
    return found
