"""`toylab show`: a case of a run, for reading."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from harness.errors import UsageError
from harness.result import CaseResult
from toylab.terminal import colored, width

EPILOG = """\b
examples:
  toylab show toylab-report                       the run's table
  toylab show toylab-report refused::ipv4-epoll   one case with its clauses
  toylab show toylab-report refused::ipv4-epoll --trace
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("case", required=False)
@click.option("--trace", is_flag=True, help="The whole trace, one event a line.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(run: Path, case: str | None, trace: bool, color: str) -> None:
    """Show RUN (a run's directory), or one CASE of it: verdict, what refused it, and the trace around it."""
    from reports import store, text

    whole = store.load_run(run)
    if case is None:
        click.echo(text.table(whole, colored(color), width()), nl=False)
        return
    found = _find(case, {one.id: one for one in whole.cases})
    if trace:
        from harness import notation

        stored = store.load_case(run, found)
        click.echo(notation.format(stored.events, subject=stored.subject_host), nl=False)
    else:
        click.echo(text.case_detail(run, found, colored(color), width()), nl=False)


def _find(name: str, cases: dict[str, CaseResult]) -> CaseResult:
    if name in cases:
        return cases[name]
    near = get_close_matches(name, cases, 1, cutoff=0.4)
    raise UsageError(f"the run has no case {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
