"""`toylab list`: what there is to run and to judge by."""

from __future__ import annotations

import json

import click

from toylab import finding, running

EPILOG = """\b
examples:
  toylab list
  toylab list toy9
  toylab list toy9 --cases -k dns
  toylab list toy9 --clauses
"""


@click.command(epilog=EPILOG)
@click.argument("spec", required=False)
@click.option("--cases", "what", flag_value="cases", help="Every case with its tags.")
@click.option("--clauses", "what", flag_value="clauses", help="Every clause of the spec.")
@click.option("-k", "expression", metavar="EXPR", default="", help="Only cases whose id or tags match.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(spec: str | None, what: str | None, expression: str, as_json: bool) -> None:
    """List the specs; or the scenarios, cases or clauses of SPEC."""
    if spec is None:
        rows = [{"id": name, "says": f"{len(finding.scenario_files(name, ()))} scenarios"} for name in finding.specs()]
    elif what == "clauses":
        rows = _clauses(spec)
    else:
        rows = _cases(spec, expression) if what == "cases" else _scenarios(spec, expression)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['id']:<{width}}  {row['says']}")


def _clauses(spec: str) -> list[dict[str, str]]:
    from harness.spec import clauses_of

    return [{"id": clause.id, "says": f"{clause.force:<6} {clause.says}"} for clause in clauses_of(spec)]


def _cases(spec: str, expression: str) -> list[dict[str, str]]:
    cases, _ = running.cases_of(running.Wish(spec=spec, expression=expression, slow=True))
    return [{"id": case.id, "says": " ".join((*case.tags, *(["slow"] if case.slow else [])))} for case in cases]


def _scenarios(spec: str, expression: str) -> list[dict[str, str]]:
    cases, _ = running.cases_of(running.Wish(spec=spec, expression=expression, slow=True))
    counts: dict[str, int] = {}
    whys: dict[str, str] = {}
    for case in cases:
        counts[case.scenario] = counts.get(case.scenario, 0) + 1
        whys[case.scenario] = " ".join(case.why.split())
    firsts = {name: why.partition(". ")[0].rstrip(".") for name, why in whys.items()}
    return [{"id": name, "says": f"{count:>2} cases  {firsts[name]}"} for name, count in counts.items()]
