"""The mutants of our toys, as their files describe them: read, never imported, because nobody here imports a toy."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What a mutant says of itself."""

    name: str
    sin: str
    convicted_by: tuple[str, ...]
    exposed_by: tuple[str, ...]


def known(spec: str) -> dict[str, Mutant]:
    """Every mutant of the toy that the spec is named after, by name."""
    folder = Path(str(files("toys"))) / spec / "mutants"
    return {one.name: one for one in map(_read, sorted(folder.glob("[a-z]*.py")))}


def toys() -> list[str]:
    """The toys that have mutants."""
    return sorted(folder.parent.name for folder in Path(str(files("toys"))).glob("*/mutants"))


def _read(file: Path) -> Mutant:
    told: dict[str, Any] = {}
    for line in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            told[line.targets[0].id] = ast.literal_eval(line.value)
    name = file.stem.replace("_", "-")
    return Mutant(name=name, sin=told["SIN"], convicted_by=told["CONVICTED_BY"], exposed_by=told["EXPOSED_BY"])


def no_such(name: str, mutants: Iterable[str]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, list(mutants), 1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "`toylab mutants SPEC --list` shows them all"
    return UsageError(f"there is no mutant {name!r}; {hint}")
