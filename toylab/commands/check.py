"""`toylab check`: finds mistakes in scenario files, or judges a stored run again with the clauses of today."""

from __future__ import annotations

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
    runs = [path for path in paths if (path / "run.json").is_file()]
    changed = [line for run in runs for line in _judge_again(run)]
    scenarios = [file for path in paths if path not in runs for file in _files(path)]
    if scenarios:
        _check_files(scenarios)
    raise click.exceptions.Exit(1 if changed else 0)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted({*path.rglob("*.yaml"), *path.rglob("*.yml")})
        if not found:
            raise UsageError(f"{path} holds neither a run nor a scenario")
        return found
    if not path.is_file():
        raise UsageError(f"there is no {path}")
    return [path]


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
    from harness import checker
    from harness.case import from_json
    from reports import store

    stored = store.load_case(run, case)
    planned = from_json(stored.case)
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
