"""The report as a whole: which pages it has, and what they are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from harness.result import RunResult
from reports.html.kills import Kill, load_kills

_AWKWARD = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Site:
    """A run with its pages: `specs` maps each spec of the run to its file, `pages` are the names and files to go to."""

    run: RunResult
    specs: dict[str, str]
    kills: tuple[Kill, ...] = ()
    """What became of each mutant, if the run directory has a kill matrix."""
    killers: dict[str, tuple[Kill, ...]] = field(default_factory=dict)
    """By clause, the mutants that it convicted."""

    @property
    def pages(self) -> list[tuple[str, str]]:
        kills = [("Mutants", "kills.html")] if self.kills else []
        return [("Cases", "index.html"), *self.specs.items(), *kills, ("Environment", "environment.html")]

    def page_of(self, spec: str) -> str:
        """The file with the clauses of a spec."""
        return self.specs[spec]


def site_of(run_dir: Path, run: RunResult) -> Site:
    """The site of a run, its specs in the order of their first case."""
    names = list(dict.fromkeys(case.spec for case in run.cases)) or [run.spec]
    kills = load_kills(run_dir)
    clauses = dict.fromkeys(id for one in kills for id in one.clauses)
    killers = {id: tuple(one for one in kills if id in one.clauses) for id in clauses}
    return Site(run, {name: _file(place, name) for place, name in enumerate(names)}, kills, killers)


def _file(place: int, spec: str) -> str:
    """A file name that is one whatever the spec is called; two never share one."""
    plain = _AWKWARD.sub("", spec)
    return f"spec-{plain}.html" if plain == spec else f"spec-{plain}-{place}.html"
