"""Gathers what the page of one spec shows: its clauses, what the run showed of them, and what it did not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import harness.clause
from harness.errors import UsageError
from harness.result import Judgement
from harness.spec import clauses_of, coverage_of
from reports import tally
from reports.html.goldens import Golden, goldens_of
from reports.html.kills import Kill
from reports.html.site import Site
from reports.tally import ClauseTally


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause on its page. `tally` is empty where this run did not judge it; `killed` are mutants that it convicts."""

    id: str
    tally: ClauseTally
    goldens: tuple[Golden, ...]
    killed: tuple[Kill, ...]


def spec_page(site: Site, spec: str) -> dict[str, Any]:
    """The values of spec.html.j2."""
    cases = [case for case in site.run.cases if case.spec == spec]
    clauses = [_clause(site, id, one) for id, one in _tallies(spec, tally.by_clause(cases)).items()]
    return {
        "site": site, "here": site.page_of(spec), "root": "",
        "spec": spec,
        "cases": len(cases),
        "clauses": clauses,
        "known": {one.id for one in clauses},
        "coverage": _coverage(spec),
        "idle": [one for one in clauses if not one.tally.exercised],
        "untaken": tally.never_taken(cases),
    }  # fmt: skip


def _tallies(spec: str, judged: dict[str, ClauseTally]) -> dict[str, ClauseTally]:
    """What the run judged, and every clause of the spec that it did not; a spec of elsewhere has only the first."""
    try:
        known = clauses_of(spec)
    except UsageError:
        return judged
    empty = {one.id: ClauseTally(_unjudged(one), spec) for one in known}
    return dict(sorted({**empty, **judged}.items()))


def _unjudged(one: harness.clause.Clause) -> Judgement:
    """The words of a clause of which nothing is known."""
    return Judgement(
        id=one.id, outcome="not_applicable", force=one.force, says=one.says, why=one.why, source=one.source
    )


def _clause(site: Site, id: str, one: ClauseTally) -> Clause:
    return Clause(id, one, goldens_of(one.spec, id), site.killers.get(id, ()))


def _coverage(spec: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    try:
        return coverage_of(spec)
    except (UsageError, ModuleNotFoundError):
        return ()
