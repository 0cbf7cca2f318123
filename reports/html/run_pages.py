"""Gathers what the pages about the run itself show: the kill matrix, and the environment."""

from __future__ import annotations

from typing import Any

from reports import tally
from reports.html.site import Site


def kills_page(site: Site) -> dict[str, Any]:
    """The values of kills.html.j2: mutants down, the clauses that convicted any across."""
    judged = tally.by_clause(site.run.cases)
    specs = {judged[id].spec for id in site.killers if id in judged}
    return {
        "site": site, "here": "kills.html", "root": "",
        "clauses": sorted(site.killers),
        "sentences": {id: one.clause.says for id, one in judged.items()},
        "pages": {id: site.page_of(one.spec) for id, one in judged.items()},
        "survivors": [one.mutant for one in site.kills if not one.clauses],
        "idle": [id for id, one in judged.items() if id not in site.killers and one.spec in specs],
    }  # fmt: skip


def environment_page(site: Site) -> dict[str, Any]:
    """The values of environment.html.j2: the machine, where the time went, and what was watched."""
    run = site.run
    phases: dict[str, float] = {}
    for case in run.cases:
        for name, spent_ms in case.phases_ms.items():
            phases[name] = phases.get(name, 0.0) + spent_ms
    return {
        "site": site, "here": "environment.html", "root": "",
        "run": run,
        "phases": phases,
        "slowest": tally.slowest(run, 10),
        "points": {point: sum(point in case.points for case in run.cases) for point in _points(site)},
        "cut": [case for case in run.cases if case.cut],
        "self_reported": sum(case.self_reported for case in run.cases),
    }  # fmt: skip


def _points(site: Site) -> list[str]:
    return list(dict.fromkeys(point for case in site.run.cases for point in case.points))
