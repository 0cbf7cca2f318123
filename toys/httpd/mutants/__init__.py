"""Deliberately broken variants of httpd: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the classes
that commit it: `MutantConnection`, `MutantListener` or `MutantServer`, or `MutantTls` for what only TLS can do wrong.
The honest program knows nothing of them.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import NamedTuple

from toys.httpd.connection import Connection
from toys.httpd.listener import Listener
from toys.httpd.server import Server


class Variant(NamedTuple):
    """The classes that a run is made of."""

    connection: type[Connection] = Connection
    tls: type[Connection] | None = None
    """What takes the place of `connection` with TLS, if anything does."""
    listener: type[Listener] = Listener
    server: type[Server] = Server


class NoSuchMutant(Exception):
    """Its text names the nearest that there is."""


def names() -> list[str]:
    """Every mutant, written as on the command line."""
    import pkgutil  # the honest server does without it, and without what it takes of memory

    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """The mutant's module. NoSuchMutant if there is none of this name."""
    known = names()
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, 1, cutoff=0.4)
        raise NoSuchMutant(f"there is no mutant {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def variant(name: str) -> Variant:
    """The classes of a mutant, or the honest ones for no name."""
    if not name:
        return Variant()
    module = load(name)
    return Variant(
        getattr(module, "MutantConnection", Connection),
        getattr(module, "MutantTls", None),
        getattr(module, "MutantListener", Listener),
        getattr(module, "MutantServer", Server),
    )
