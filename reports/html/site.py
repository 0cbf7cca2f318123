"""The report as a whole: which pages it has, and what they are called."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.result import RunResult

KILLS = "kill-matrix.json"
_AWKWARD = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Site:
    """A run with its pages: `specs` maps each spec of the run to its file, `pages` are the names and files to go to."""

    run: RunResult
    specs: dict[str, str]
    kills: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Each mutant with the clauses that convicted it, if the run directory has a kill matrix."""

    @property
    def pages(self) -> list[tuple[str, str]]:
        kills = [("Kill matrix", "kills.html")] if self.kills else []
        return [("Cases", "index.html"), *self.specs.items(), *kills, ("Environment", "environment.html")]

    def page_of(self, spec: str) -> str:
        """The file with the clauses of a spec."""
        return self.specs[spec]


def site_of(run_dir: Path, run: RunResult) -> Site:
    """The site of a run, its specs in the order of their first case."""
    names = list(dict.fromkeys(case.spec for case in run.cases)) or [run.spec]
    return Site(run, {name: _file(place, name) for place, name in enumerate(names)}, _kills(run_dir / KILLS))


def _file(place: int, spec: str) -> str:
    """A file name that is one whatever the spec is called; two never share one."""
    plain = _AWKWARD.sub("", spec)
    return f"spec-{plain}.html" if plain == spec else f"spec-{plain}-{place}.html"


def _kills(file: Path) -> dict[str, tuple[str, ...]]:
    """What `toylab mutants --json` wrote: mutants with their clauses; nothing if it is not there or something else."""
    if not file.is_file():
        return {}
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {str(name): tuple(map(str, ids)) for name, ids in told.items() if isinstance(ids, list)}
