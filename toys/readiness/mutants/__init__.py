"""Deliberately broken variants of readiness: one sin a file, each convicted by the clauses that it names and no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the class
that commits it: `MutantClient` or `MutantServer`. The honest program knows nothing of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from typing import NamedTuple

from toys.readiness.client import Client
from toys.readiness.server import Server


class Variant(NamedTuple):
    """The classes that a run is made of."""

    client: type[Client] = Client
    server: type[Server] = Server


class NoSuchMutant(Exception):
    """Its text names the nearest that there is."""


def names() -> list[str]:
    """Every mutant, written as on the command line."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def variant(name: str) -> Variant:
    """The classes of a mutant, or the honest ones for no name. NoSuchMutant if there is none of this name."""
    if not name:
        return Variant()
    known = names()
    if name not in known:
        near = get_close_matches(name, known, 1, cutoff=0.4)
        raise NoSuchMutant(f"there is no mutant {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return Variant(getattr(module, "MutantClient", Client), getattr(module, "MutantServer", Server))
