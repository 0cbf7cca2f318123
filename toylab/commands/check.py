"""`toylab check`: finds mistakes in scenario files, or judges a stored run again with the clauses of today."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from harness.errors import UsageError
from harness.result import CaseResult

EPILOG = """\b
examples:
  toylab check my.toylab.yaml scenarios/     are these files all right?
  toylab check toylab-report                 what do today's clauses say of that run?
\b
exit status: 0 all is as it was, 1 a verdict has changed, 2 a mistake in a file
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="FILE|DIRECTORY|RUN...", type=click.Path(path_type=Path))
def command(paths: tuple[Path, ...]) -> None:
    """Check scenario files, or judge the stored run in a directory again, offline and on any machine."""
    runs = [path for path in paths if os.path.isfile(path / "run.json")]
    changed = [line for run in runs for line in _judge_again(run)]
    scenarios = [file for path in paths if path not in runs for file in _files(path)]
    if scenarios:
        _check_files(scenarios)
    raise click.exceptions.Exit(1 if changed else 0)


def _files(path: Path) -> list[Path]:
    if os.path.isdir(path):
        found = sorted(_below(path))
        if not found:
            raise UsageError(f"{path} holds neither a run nor a scenario")
        return found
    if not os.path.isfile(path):
        raise UsageError(f"{path} is no file" if os.path.lexists(path) else f"there is no {path}")
    return [path]


def _below(directory: Path) -> Iterator[Path]:
    """Every YAML file below it, no pipe of that name. Path.rglob passes over what it may not read, without a word."""
    for place, _, names in os.walk(directory, onerror=_refuse):
        files = (Path(place, name) for name in names if name.endswith((".yaml", ".yml")))
        yield from filter(os.path.isfile, files)


def _refuse(error: OSError) -> None:
    raise UsageError(f"{error.filename} cannot be read: {error.strerror}")


def _check_files(files: list[Path]) -> None:
    from harness.expand import cases
    from harness.load import load_all

    count = sum(len(cases(scenario)) for scenario in load_all(files))
    click.echo(f"{len(files)} files, {count} cases: nothing to complain about")


def _judge_again(run: Path) -> list[str]:
    """A line for each case whose verdict or failed clauses are other than they were."""
    from reports import store

    whole = store.load_run(run)
    kernel = str(whole.environment.get("kernel", ""))
    lines = [line for case in whole.cases if (line := _difference(case, _again(run, case, kernel)))]
    for line in lines:
        click.echo(line)
    click.echo(f"{run}: {len(whole.cases)} cases judged again, {len(lines)} changed")
    return lines


def _again(run: Path, case: CaseResult, kernel: str) -> CaseResult:
    from msgspec import ValidationError, convert

    from harness import checker
    from harness.case import Case
    from reports import store

    stored = store.load_case(run, case)
    if not stored.case:
        raise UsageError(f"{run}: {case.id} cannot be judged again, because its case.json is missing")
    try:
        planned = convert(stored.case, Case)
    except ValidationError as problem:
        raise UsageError(f"{run}: {case.id} cannot be judged again: in its case.json, {problem}") from problem
    points, cut = case.points, case.cut
    trace = checker.trace_of(
        planned, stored.events, points=points, cut=cut, self_reported=case.self_reported, kernel=kernel  # type: ignore[arg-type]
    )  # fmt: skip
    return checker.judge(trace, planned, stdout=stored.stdout)


def _difference(before: CaseResult, after: CaseResult) -> str:
    then, now = _refused(before), _refused(after)
    if before.verdict == after.verdict and then == now:
        return ""
    return f"{before.id}: was {before.verdict} ({' '.join(then)}), is {after.verdict} ({' '.join(now)})"


def _refused(case: CaseResult) -> list[str]:
    return [one.id for one in (*case.clauses, *case.expectations) if one.outcome in ("fail", "inconclusive")]
