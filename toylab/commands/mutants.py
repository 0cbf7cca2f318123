"""`toylab mutants`: a checker is worth what it convicts."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from harness.case import Case
from harness.errors import UsageError
from harness.result import CaseResult
from toylab import running, sinners
from toylab.sinners import Mutant
from toylab.terminal import Progress, colored

LONGEST_MS = 3_000
"""A mutant that hangs shows its sin long before the case's own deadline."""
AXES = {"family": ("ipv4",), "poller": ("epoll", "epoll-et"), "backend": ("epoll", "epoll-et")}
"""Each sin shows in these; a mutant is not asked for in every combination."""

EPILOG = """\b
examples:
  toylab mutants toy9
  toylab mutants toy9 reads-so-error-twice --json
"""


@click.command(epilog=EPILOG)
@click.argument("spec", default="toy9")
@click.argument("mutant", nargs=-1)
@click.option("--list", "only_list", is_flag=True, help="Only say what there is.")
@click.option("--json", "as_json", is_flag=True, help="The kill matrix as JSON.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(spec: str, mutant: tuple[str, ...], only_list: bool, as_json: bool, color: str) -> None:
    """Run the broken variants of a toy, all or those named, each in the scenarios that expose it.

    Each must be convicted by exactly the clauses that it names, and each clause must convict at least one.
    """
    known = sinners.known(spec)
    if not known:
        raise UsageError(f"there are no mutants of {spec!r}; there are some of {', '.join(sinners.toys())}")
    mutants = _chosen(known, mutant)
    if only_list:
        for one in mutants:
            click.echo(f"{one.name:<28} {one.sin}")
            click.echo(f"{'':<28} {' '.join(one.convicted_by)}; see {', '.join(one.exposed_by)}")
        return
    matrix = kill_matrix(spec, mutants)
    if as_json:
        click.echo(json.dumps({name: sorted(clauses) for name, clauses in matrix.items()}, indent=2))
    good = [_tell(one, matrix[one.name], quiet=as_json, color=colored(color)) for one in mutants]
    idle = [] if mutant else _idle(spec, matrix)
    if idle and not as_json:
        click.echo(f"convict nobody: {' '.join(idle)}")
    raise click.exceptions.Exit(0 if all(good) and not idle else 1)


def _chosen(mutants: dict[str, Mutant], names: tuple[str, ...]) -> list[Mutant]:
    for name in names:
        if name not in mutants:
            raise sinners.no_such(name, mutants)
    return [mutants[name] for name in names] or list(mutants.values())


def kill_matrix(spec: str, mutants: list[Mutant]) -> dict[str, set[str]]:
    """Which clauses failed for each mutant, in any case of the scenarios that expose it."""
    from harness.runner.front import Job, Rig

    jobs = [(one.name, case) for one in mutants for case in _cases(spec, one)]
    convicted: dict[str, set[str]] = {one.name: set() for one in mutants}
    progress = Progress(len(jobs))
    with tempfile.TemporaryDirectory() as place, Rig(running.options_for(Path(place) / "run", 0, None)) as rig:
        for result in rig.run(Job(case) for _, case in jobs):
            convicted[result.id.rpartition("@")[2]] |= _failed(result)
            progress.add(result)
    progress.close()
    return convicted


def _cases(spec: str, mutant: Mutant) -> list[Case]:
    wish = running.Wish(spec=spec, named=mutant.exposed_by, mutant=mutant.name, slow=True)
    return [
        replace(case, id=f"{case.id}@{mutant.name}", deadline_ms=min(case.deadline_ms, LONGEST_MS))
        for case in running.cases_of(wish)[0]
        if all(case.axes.get(axis, labels[0]) in labels for axis, labels in AXES.items())
    ]


def _failed(result: CaseResult) -> set[str]:
    return {clause.id for clause in result.clauses if clause.outcome == "fail"}


def _tell(mutant: Mutant, convicted: set[str], *, quiet: bool, color: bool) -> bool:
    good = convicted == set(mutant.convicted_by)
    if not quiet:
        mark = click.style("ok  ", fg="green") if good else click.style("FAIL", fg="red")
        click.echo(f"{mark} {mutant.name:<28} {' '.join(sorted(convicted)) or 'not convicted'}", color=color)
        if not good:
            click.echo(f"     {'':<28} should be {' '.join(mutant.convicted_by)}: {mutant.sin}", color=color)
    return good


def _idle(spec: str, matrix: dict[str, set[str]]) -> list[str]:
    """The clauses that no mutant breaks: such a clause is not a check."""
    from harness.spec import clauses_of

    used = set().union(*matrix.values())
    return [clause.id for clause in clauses_of(spec) if clause.id not in used]
