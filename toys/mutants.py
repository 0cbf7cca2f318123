"""Finds a toy's mutants by name: each is a module of the toy's package `mutants`, and does one thing wrong."""

from __future__ import annotations

import importlib
from types import ModuleType


class NoSuchMutant(Exception):
    """Its text names the nearest that there is."""


class Mutants:
    """The mutants in the package of this name."""

    def __init__(self, package: str) -> None:
        self._package = package

    def names(self) -> list[str]:
        """Every mutant, written as on the command line."""
        import pkgutil  # an honest server does without it, and without what it takes of memory

        modules = pkgutil.iter_modules(importlib.import_module(self._package).__path__)
        return sorted(found.name.replace("_", "-") for found in modules)

    def load(self, name: str) -> ModuleType:
        """The mutant's module. NoSuchMutant if there is none of this name."""
        module = f"{self._package}.{name.replace('-', '_')}"
        try:
            if name.replace("-", "").isalnum():
                return importlib.import_module(module)
        except ModuleNotFoundError as missing:
            if missing.name != module:
                raise
        raise NoSuchMutant(f"there is no mutant {name!r}{_nearest(name, self.names())}")


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, cutoff=0.4)
    return f"; did you mean {near[0]!r}?" if near else ""
