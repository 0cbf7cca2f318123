"""Deliberately broken variants of httpd: one sin a file, each convicted by the clauses that it names and by no other.

A mutant's module has SIN (a sentence), CONVICTED_BY (clause ids), EXPOSED_BY (scenarios that show it), and the classes
that commit it: `MutantConnection`, `MutantListener` or `MutantServer`, or `MutantTls` for what only TLS can do wrong.
The honest program knows nothing of them.
"""

from __future__ import annotations

from typing import NamedTuple

from toys.httpd.connection import Connection
from toys.httpd.listener import Listener
from toys.httpd.server import Server
from toys.mutants import Mutants


class Variant(NamedTuple):
    """The classes that a run is made of."""

    connection: type[Connection] = Connection
    tls: type[Connection] | None = None
    """What takes the place of `connection` with TLS, if anything does."""
    listener: type[Listener] = Listener
    server: type[Server] = Server


_MUTANTS = Mutants(__name__)
names, load = _MUTANTS.names, _MUTANTS.load


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
