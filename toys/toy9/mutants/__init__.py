"""Deliberately broken variants of toy9: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the classes
that commit it: `Mutant`, a Client, or `MutantDial`, a Dial, or both. The honest program knows nothing of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from types import ModuleType
from typing import NamedTuple

from toys.toy9.client import Client
from toys.toy9.loop import Dial


class Variant(NamedTuple):
    """The classes that a run is made of."""

    client: type[Client] = Client
    dial: type[Dial] = Dial


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


def variant(name: str) -> Variant:
    """The classes of a mutant, or the honest ones for no name."""
    if not name:
        return Variant()
    module = load(name)
    return Variant(getattr(module, "Mutant", Client), getattr(module, "MutantDial", Dial))
