"""`toylab mutants`: a checker is worth what it convicts."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from harness.case import Case
from harness.errors import UsageError
from harness.result import CaseResult
from toylab import places, running, sinners
from toylab.sinners import Mutant
from toylab.terminal import Progress, colored

LONGEST_MS = 10_000
"""What most cases have; one that has more has it for an honest program."""
IDLE_MS = 3_000
"""A mutant that hangs is waited for no longer: no timer of the scenarios that expose one is set to more."""
BUSY_MS = 500
"""Nor is one that never rests: the start of an interpreter and a handshake with TLS take less."""
AXES = {"family": ("ipv4",), "poller": ("epoll", "epoll-et"), "backend": ("epoll", "epoll-et")}
"""Each sin shows in these; a mutant is not asked for in every combination."""

KILLS = "kill-matrix.json"
EPILOG = """\b
examples:
  toylab mutants toy9
  toylab mutants toy9 reads-so-error-twice --json
  toylab mutants toy9 -o toylab-report/mutants      and toylab report toylab-report shows them
\b
exit status: 0 each is convicted as it should be, 1 one is not, or a clause convicts nobody, 4 the controls misbehaved
"""

Kills = dict[str, dict[str, str]]
"""By mutant, each clause that convicted it with the directory of the first case in which it did."""


@click.command(epilog=EPILOG)
@click.argument("spec", default="toy9")
@click.argument("mutant", nargs=-1)
@click.option("--list", "only_list", is_flag=True, help="Only say what there is.")
@click.option("--json", "as_json", is_flag=True, help="The kill matrix as JSON.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Keep the cases there as a run, with a report of its own."
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(spec: str, mutant: tuple[str, ...], only_list: bool, as_json: bool, **given: Any) -> None:
    """Run the broken variants of a toy (default: toy9), all or those named, each in the scenarios that expose it.

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
    kills = _played(spec, mutants, as_json, given["output"])
    good = [_tell(one, set(kills[one.name]), quiet=as_json, color=colored(given["color"])) for one in mutants]
    idle = [] if mutant else _idle(spec, kills)
    if idle and not as_json:
        click.echo(f"convict nobody: {' '.join(idle)}")
    raise click.exceptions.Exit(0 if all(good) and not idle else 1)


def _played(spec: str, mutants: list[Mutant], as_json: bool, output: Path | None) -> Kills:
    """What became of them, told as JSON and kept with a report if that was asked for."""
    if output is not None:
        places.check_directory(output)
    kills = play(spec, mutants, output)
    told = json.dumps({one.name: {"sin": one.sin, "clauses": kills[one.name]} for one in mutants}, indent=2)
    if output is not None:
        from reports import write_html

        (output / KILLS).write_text(f"{told}\n", encoding="utf-8")
        write_html(output)
    if as_json:
        click.echo(told)
    return kills


def _chosen(mutants: dict[str, Mutant], names: tuple[str, ...]) -> list[Mutant]:
    for name in names:
        if name not in mutants:
            raise sinners.no_such(name, mutants)
    return [mutants[name] for name in names] or list(mutants.values())


def kill_matrix(spec: str, mutants: list[Mutant]) -> dict[str, set[str]]:
    """Which clauses failed for each mutant, in any case of the scenarios that expose it."""
    return {name: set(clauses) for name, clauses in play(spec, mutants, None).items()}


def play(spec: str, mutants: list[Mutant], directory: Path | None) -> Kills:
    """Runs every mutant in the scenarios that expose it; `directory` keeps the run, None keeps nothing."""
    from harness.runner.front import Rig

    cases = [case for one in mutants for case in _cases(spec, one)]
    wish = running.Wish(
        spec=spec, subject=f"{len(mutants)} mutants", command=shlex.join(["toylab", *sys.argv[1:]])
    )  # fmt: skip
    progress = Progress(len(cases))
    with Rig(running.options_for(directory, 0, None)) as rig:
        outcome = running.run(wish, rig, cases, progress.add)
    progress.close()
    if outcome.misbehaving:
        click.echo(f"no verdict of this run can be believed: {outcome.misbehaving}", err=True)
        raise click.exceptions.Exit(4)
    return {one.name: _convictions(one, outcome.run.cases) for one in mutants}


def _convictions(mutant: Mutant, cases: Iterable[CaseResult]) -> dict[str, str]:
    found: dict[str, str] = {}
    for case in cases:
        if case.id.endswith(f"@{mutant.name}"):
            for clause in case.clauses:
                if clause.outcome == "fail":
                    found.setdefault(clause.id, case.directory)
    return dict(sorted(found.items()))


def _cases(spec: str, mutant: Mutant) -> list[Case]:
    wish = running.Wish(spec=spec, named=mutant.exposed_by, mutant=mutant.name, slow=True)
    return [
        replace(
            case,
            id=f"{case.id}@{mutant.name}",
            deadline_ms=min(case.deadline_ms, LONGEST_MS),
            idle_ms=IDLE_MS,
            busy_ms=BUSY_MS,
        )
        for case in running.cases_of(wish)[0]
        if all(case.axes.get(axis, labels[0]) in labels for axis, labels in AXES.items())
    ]


def _tell(mutant: Mutant, convicted: set[str], *, quiet: bool, color: bool) -> bool:
    good = convicted == set(mutant.convicted_by)
    if not quiet:
        mark = click.style("ok  ", fg="green") if good else click.style("FAIL", fg="red")
        click.echo(f"{mark} {mutant.name:<28} {' '.join(sorted(convicted)) or 'not convicted'}", color=color)
        if not good:
            click.echo(f"     {'':<28} should be {' '.join(mutant.convicted_by)}: {mutant.sin}", color=color)
    return good


def _idle(spec: str, kills: Kills) -> list[str]:
    """The clauses that no mutant breaks: such a clause is not a check."""
    from harness.spec import clauses_of

    used = set().union(*kills.values())
    return [clause.id for clause in clauses_of(spec) if clause.id not in used]
