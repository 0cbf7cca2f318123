"""Reads what became of the mutants: which clauses convicted each, and in which case.

    {"reads-twice": {"sin": "Reads SO_ERROR twice.", "clauses": {"T9-07": "cases/refused/ipv4-epoll@reads-twice"}}}

`toylab mutants -o` writes it beside the run of the mutants. A run of honest programs has that run in its directory
`mutants`, or only a list of clauses for each mutant in a file of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

FILE, FOLDER = "kill-matrix.json", "mutants"


@dataclass(frozen=True, slots=True)
class Kill:
    """One mutant: its sin in a sentence (or empty), and by clause the page of a case that convicts it (or empty)."""

    mutant: str
    sin: str
    clauses: dict[str, str]

    @property
    def page(self) -> str:
        """The page to look at first, from the index of the report; empty if no case was kept."""
        return next(filter(None, self.clauses.values()), "")


def load_kills(run_dir: Path) -> tuple[Kill, ...]:
    """Every mutant by name; none if nothing is there, or something else."""
    for folder in ("", FOLDER):
        file = run_dir / folder / FILE
        if file.is_file():
            return tuple(_kill(run_dir, folder, name, told) for name, told in sorted(_told(file).items()))
    return ()


def _told(file: Path) -> dict[str, Any]:
    """What the file says of each mutant; what is neither a list nor an object says nothing."""
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    known = told.items() if isinstance(told, dict) else ()
    return {name: one for name, one in known if isinstance(one, (list, dict))}


def _kill(run_dir: Path, folder: str, name: str, told: Any) -> Kill:
    whole = told if isinstance(told, dict) else {"clauses": told}
    clauses = whole.get("clauses")
    listed = clauses if isinstance(clauses, (dict, list)) else []
    places = {str(id): str(clauses[id]) if isinstance(clauses, dict) else "" for id in listed}
    pages = {id: _page(run_dir, folder, at) for id, at in sorted(places.items())}
    return Kill(name, str(whole.get("sin", "")), pages)


def _page(run_dir: Path, folder: str, directory: str) -> str:
    """The page of a case that is really there, and below the run."""
    inside = PurePosixPath(folder, directory)
    kept = directory and not inside.is_absolute() and ".." not in inside.parts
    return f"{quote(str(inside))}/index.html" if kept and (run_dir / inside / "case.json").is_file() else ""
