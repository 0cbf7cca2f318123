"""`toylab run`: the main job."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.errors import CannotRunHere
from harness.result import CaseResult, RunResult
from toylab import finding, places, running
from toylab.terminal import Progress, colored, width

DIRECTORY = "toylab-report"
EPILOG = """\b
examples:
  toylab run toy9
  toylab run toy9 refused own-timeout -k ipv6
  toylab run toy9 -k T9-07                       what one clause says everywhere
  toylab run toy9 -k 'T9-07 and ipv6'            what it says of these cases
  toylab run toy9 --subject 'curl -s http://{host}:{port}/' -k 'refused or own-timeout'
  toylab run httpd --subject 'python -m http.server {port} --bind {address}' -k ipv4-epoll-et
  toylab run toy9 --mutant reads-so-error-twice
  toylab run toy9 --repeat 20 -j 4               is every case deterministic?
  sudo toylab run toy9 --tracepoint              each TCP state at the moment of its change
\b
exit status: 0 all conform, 1 something does not, 2 usage or a bad file, 3 this machine cannot run it, 4 the lab failed
"""


@click.command(epilog=EPILOG)
@click.argument("spec")
@click.argument("scenario", nargs=-1)
@click.option(
    "-k", "expression", metavar="EXPR", default="", help="Only cases whose id or tags match; or the number of a clause."
)
@click.option("-j", "--jobs", type=click.IntRange(1, 256), metavar="N", help="Cases at a time (default: five a core).")
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
@click.option("--tracepoint", is_flag=True, help="Have the kernel tell every TCP state as it changes; needs root.")
@click.option("--github", is_flag=True, help="Annotations and a job summary for GitHub Actions.")
@click.option("-q", "--quiet", is_flag=True, help="Only what does not conform.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each case as it ends.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(spec: str, scenario: tuple[str, ...], expression: str, mutant: str, output: Path, **given: Any) -> None:
    """Run the scenarios of SPEC, all or those named (by name, or the path of a file), and judge them.

    Writes everything that was recorded to a directory, with an HTML report: index.html.
    """
    from harness.runner.front import Rig
    from reports import prepare_html

    clauses = finding.clauses_in(spec, expression)
    places.check_directory(output)
    if given["junit"]:
        places.check_file(given["junit"])
    wish = running.Wish(
        spec=spec, named=scenario, expression=expression, clauses=clauses, subject=given["subject"], mutant=mutant,
        slow=given["slow"], repeat=given["repeat"], command=shlex.join(["toylab", *sys.argv[1:]]),
    )  # fmt: skip
    options = running.options_for(output, given["jobs"] or 0, given["strace"], tracepoint=given["tracepoint"])
    prepare = partial(prepare_html, spec)
    with Rig(options) as rig:
        cases, left_out = running.cases_of(wish)
        progress = Progress(
            len(cases) * wish.repeat, quiet=given["quiet"] or given["as_json"], verbose=given["verbose"]
        )
        try:
            outcome = running.run(wish, rig, cases, progress.add, prepare if given["report"] else None)
        finally:
            progress.close()
        rig.dismiss()
        outcome.left_out = left_out
        _tell(outcome, output, clauses, given)
    if outcome.misbehaving:
        click.echo(f"no verdict of this run can be believed: {outcome.misbehaving}", err=True)
        raise click.exceptions.Exit(4)
    if set(judged(outcome, clauses)) == {"not_applicable"}:
        click.echo(f"nothing in these cases is judged by {', '.join(clauses) or 'the spec'}", err=True)
    raise click.exceptions.Exit(0 if is_good(outcome, clauses) else 1)


def is_good(outcome: running.Outcome, clauses: tuple[str, ...]) -> bool:
    """Whether all conforms, or, where clauses were asked for, whether these do."""
    return not outcome.flaky and running.conforms(judged(outcome, clauses))


def judged(outcome: running.Outcome, clauses: tuple[str, ...]) -> list[str]:
    """The verdict of each case, or of each of these clauses in each."""
    if not clauses:
        return [case.verdict for case in outcome.run.cases]
    return [one for case in outcome.run.cases for one, _, _ in said(case, clauses)]


def said(case: CaseResult, clauses: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Outcome, number and reason of these clauses; where a case came to no judgement, that is what each says."""
    found = {one.id: (one.outcome, one.id, one.reason) for one in case.clauses}
    return [found.get(id, ("inconclusive", id, case.reason)) for id in clauses]


def _tell(outcome: running.Outcome, output: Path, clauses: tuple[str, ...], given: dict[str, Any]) -> None:
    from reports import write_junit

    if given["report"]:
        _write_pages(output)
    if given["junit"]:
        write_junit(output, given["junit"])
    if given["github"]:
        tell_github(outcome.run)
    if given["as_json"]:
        from reports import json_out

        click.echo(json_out.render(outcome.run), nl=False)
        return
    _tell_people(outcome, output, clauses, given)


def _write_pages(output: Path) -> None:
    from reports import write_html

    try:
        write_html(output)
    except OSError as error:
        remedy = f"the run itself is whole: make room, then `toylab report {output}`"
        raise CannotRunHere(f"the report cannot be written: {error.strerror}", remedy) from error


def _tell_people(outcome: running.Outcome, output: Path, clauses: tuple[str, ...], given: dict[str, Any]) -> None:
    from reports import text

    color = colored(given["color"])
    if clauses:
        _tell_clauses(outcome, clauses)
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


def _tell_clauses(outcome: running.Outcome, clauses: tuple[str, ...]) -> None:
    for case in outcome.run.cases:
        for one, id, reason in said(case, clauses):
            number = f"{id}  " if len(clauses) > 1 else ""
            click.echo(f"{one:<15} {number}{case.id}" + (f"  {reason}" if reason else ""))


def tell_github(run: RunResult) -> None:
    """Annotations go to stdout, the summary to the file that the runner names."""
    import os

    from reports import github

    click.echo(github.annotations(run), nl=False)
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(github.summary(run, github.SUMMARY_BYTES - file.tell()))
