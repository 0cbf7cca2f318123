"""`toylab list`: what there is to run and to judge by."""

from __future__ import annotations

import json

import click

from harness.errors import UsageError
from toylab import finding, running

EPILOG = """\b
examples:
  toylab list
  toylab list toy9
  toylab list toy9 -k 'dns and not ipv6'
  toylab list toy9 --cases -k refused
  toylab list toy9 --clauses -k 'MUST and SO_ERROR'
"""

Row = dict[str, str]


@click.command(epilog=EPILOG)
@click.argument("spec", required=False)
@click.option("--cases", "what", flag_value="cases", help="Every case of SPEC with its tags.")
@click.option("--clauses", "what", flag_value="clauses", help="Every clause of SPEC.")
@click.option(
    "-k", "expression", metavar="EXPR", default="",
    help="Only what matches: cases by id and tags, scenarios by those of their cases, clauses by what they say.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(spec: str | None, what: str | None, expression: str, as_json: bool) -> None:
    """List the specs; or the scenarios, cases or clauses of SPEC."""
    rows = _specs(what, expression) if spec is None else _ROWS[what](spec, expression)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['id']:<{width}}  {row['says']}")


def _specs(what: str | None, expression: str) -> list[Row]:
    if what or expression:
        raise UsageError(f"{f'--{what}' if what else '-k'} is about one spec; there are {', '.join(finding.specs())}")
    return [{"id": name, "says": f"{len(finding.scenario_files(name, ()))} scenarios"} for name in finding.specs()]


def _clauses(spec: str, expression: str) -> list[Row]:
    from harness.spec import clauses_of

    rows = [{"id": clause.id, "says": f"{clause.force:<6} {clause.says}"} for clause in clauses_of(spec)]
    found = [row for row in rows if finding.is_meant(expression, f"{row['id']} {row['says']}")]
    if not found:
        raise UsageError(f"no clause matches -k {expression!r}; `toylab list {spec} --clauses` shows them all")
    return found


def _cases(spec: str, expression: str) -> list[Row]:
    cases, _ = running.cases_of(running.Wish(spec=spec, expression=expression, slow=True))
    return [{"id": case.id, "says": " ".join((*case.tags, *(["slow"] if case.slow else [])))} for case in cases]


def _scenarios(spec: str, expression: str) -> list[Row]:
    cases, _ = running.cases_of(running.Wish(spec=spec, expression=expression, slow=True))
    counts: dict[str, int] = {}
    whys: dict[str, str] = {}
    for case in cases:
        counts[case.scenario] = counts.get(case.scenario, 0) + 1
        whys[case.scenario] = " ".join(case.why.split())
    firsts = {name: why.partition(". ")[0].rstrip(".") for name, why in whys.items()}
    return [{"id": name, "says": f"{count:>2} cases  {firsts[name]}"} for name, count in counts.items()]


_ROWS = {"clauses": _clauses, "cases": _cases, None: _scenarios}
