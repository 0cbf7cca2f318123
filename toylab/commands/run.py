"""`toylab run`: the main job."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from harness.errors import UsageError
from toylab import running
from toylab.terminal import Progress, colored, width

DIRECTORY = "toylab-report"
CLAUSE = re.compile(r"[A-Z]+\d*-\d\d")
EPILOG = """\b
examples:
  toylab run toy9
  toylab run toy9 refused own-timeout -k ipv6
  toylab run toy9 -k T9-07                       what one clause says everywhere
  toylab run toy9 --subject 'curl -s http://{host}:{port}/' -k 'refused or own-timeout'
  toylab run toy9 --mutant reads-so-error-twice
  toylab run toy9 --repeat 20 -j 4               is every case deterministic?
\b
exit status: 0 all conform, 1 something does not, 2 usage or a bad file, 3 this machine cannot run it, 4 internal error
"""


@click.command(epilog=EPILOG)
@click.argument("spec")
@click.argument("scenario", nargs=-1)
@click.option(
    "-k", "expression", metavar="EXPR", default="", help="Only cases whose id or tags match; or a clause number."
)
@click.option("-j", "--jobs", type=click.IntRange(1, 256), default=None, help="Cases at a time (default: two a core).")
@click.option(
    "--repeat", type=click.IntRange(1, 10_000), default=1, metavar="N", help="Run each case N times and compare."
)
@click.option("--subject", default="", metavar="COMMAND", help="Another program; {host} and {port} are filled in.")
@click.option("--mutant", default="", metavar="NAME", help="A deliberately broken variant of the toy.")
@click.option("--slow", is_flag=True, help="Also cases that wait for the kernel's long timers.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=DIRECTORY, show_default=True, help="The run's directory."
)
@click.option("--report/--no-report", default=True, help="Write the HTML report (default: yes).")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML as well.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, and nothing else there.")
@click.option(
    "--strace/--no-strace", default=None, help="Watch system calls with strace (default: if it is installed)."
)
@click.option("--github", is_flag=True, help="Annotations and a job summary for GitHub Actions.")
@click.option("-q", "--quiet", is_flag=True, help="Only what does not conform.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each case as it ends.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(spec: str, scenario: tuple[str, ...], expression: str, mutant: str, output: Path, **given: Any) -> None:
    """Run the scenarios of SPEC, all or those named (by name, or the path of a file), and judge them.

    Writes everything that was recorded to a directory, with an HTML report: index.html.
    """
    from harness.runner.front import Rig

    clause = expression if CLAUSE.fullmatch(expression) else ""
    wish = running.Wish(
        spec=spec, named=scenario, expression="" if clause else expression, subject=given["subject"], mutant=mutant,
        slow=given["slow"], repeat=given["repeat"], command=shlex.join(["toylab", *sys.argv[1:]]),
    )  # fmt: skip
    with Rig(running.options_for(output, given["jobs"] or 0, given["strace"])) as rig:
        cases, left_out = running.cases_of(wish)
        progress = Progress(
            len(cases) * wish.repeat, quiet=given["quiet"] or given["as_json"], verbose=given["verbose"]
        )
        try:
            outcome = running.run(wish, rig, cases, progress.add)
        finally:
            progress.close()
    outcome.left_out = left_out
    _tell(outcome, output, clause, given)
    raise click.exceptions.Exit(0 if _is_good(outcome, clause) else 1)


def _is_good(outcome: running.Outcome, clause: str) -> bool:
    if not clause:
        return running.conforms(outcome.run.cases) and not outcome.flaky
    return all(one.outcome != "fail" for case in outcome.run.cases for one in case.clauses if one.id == clause)


def _tell(outcome: running.Outcome, output: Path, clause: str, given: dict[str, Any]) -> None:
    from reports import write_html, write_junit

    if given["report"]:
        write_html(output)
    if given["junit"]:
        write_junit(output, given["junit"])
    if given["github"]:
        _tell_github(outcome)
    if given["as_json"]:
        from reports import json_out

        click.echo(json_out.render(outcome.run), nl=False)
        return
    _tell_people(outcome, output, clause, given)


def _tell_people(outcome: running.Outcome, output: Path, clause: str, given: dict[str, Any]) -> None:
    from reports import text

    color = colored(given["color"])
    if clause:
        _tell_clause(outcome, clause)
    elif given["quiet"]:
        for line in text.summary(outcome.run, color, width())[:1]:
            click.echo(line, color=color)
    else:
        click.echo(text.table(outcome.run, color, width()), nl=False, color=color)
    for id, said in outcome.flaky.items():
        click.echo(f"flaky: {id}: {said}")
    if given["repeat"] > 1:
        click.echo(f"{outcome.runs} runs of {len(outcome.run.cases)} cases, {len(outcome.flaky)} flaky")
    if outcome.left_out:
        click.echo(f"{outcome.left_out} slow cases left out (--slow runs them)")
    if given["report"]:
        click.echo(f"report: {output / 'index.html'}")


def _tell_clause(outcome: running.Outcome, clause: str) -> None:
    if not any(one.id == clause for case in outcome.run.cases for one in case.clauses):
        raise UsageError(
            f"the spec {outcome.run.spec} has no clause {clause}; see toylab list {outcome.run.spec} --clauses"
        )
    for case in outcome.run.cases:
        for one in case.clauses:
            if one.id == clause:
                click.echo(f"{one.outcome:<15} {case.id}" + (f"  {one.reason}" if one.reason else ""))


def _tell_github(outcome: running.Outcome) -> None:
    """Annotations go to stdout, the summary to the file that the runner names."""
    import os

    from reports import github

    click.echo(github.annotations(outcome.run), nl=False)
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(github.summary(outcome.run))
