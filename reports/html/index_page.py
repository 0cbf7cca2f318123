"""Gathers what the index shows: the run at a glance, what failed, and the matrix of its cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from harness.result import CaseResult
from reports import store, tally
from reports.html import cells
from reports.html.matrix import Matrix, matrix
from reports.html.site import Site


class Table(NamedTuple):
    """The cases of one spec: their matrix, its body as HTML, and the clauses whose outcome each cell knows."""

    spec: str
    matrix: Matrix
    body: Markup
    clauses: tuple[str, ...]
    columns: int


def index_page(run_dir: Path, site: Site) -> dict[str, Any]:
    """The values of index.html.j2."""
    run = site.run
    clauses, tags = tally.by_clause(run.cases), _tags(run_dir, run.cases)
    return {
        "site": site, "here": "index.html", "root": "",
        "run": run,
        "counts": run.counts(),
        "tables": [_table(spec, [case for case in run.cases if case.spec == spec], tags) for spec in site.specs],
        "situations": sorted({names[0] for names in tags.values() if names}),
        "convictions": tally.convictions(run),
        "pages": {id: site.page_of(one.spec) for id, one in clauses.items()},
        "clauses": clauses,
        "exercised": sum(one.exercised for one in clauses.values()),
        "slowest": tally.slowest(run),
    }  # fmt: skip


def _table(spec: str, cases: list[CaseResult], tags: dict[str, tuple[str, ...]]) -> Table:
    table, clauses = matrix(cases, tags), tuple(tally.by_clause(cases))
    columns = len(table.outer) * len(table.inner)
    return Table(spec, table, Markup(cells.body(table, clauses)), clauses, columns)


def _tags(run_dir: Path, cases: tuple[CaseResult, ...]) -> dict[str, tuple[str, ...]]:
    """The tags of each scenario, from the plan of its first case: the first tag is its situation."""
    first = {case.scenario: case for case in reversed(cases)}
    plans = {scenario: store.load_plan(run_dir, case) for scenario, case in first.items()}
    return {scenario: tuple(map(str, plan.get("tags", ()))) for scenario, plan in plans.items()}
