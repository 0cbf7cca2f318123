"""`toylab show`: a run, or a case of it, for reading at a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from toylab.terminal import colored, width

EPILOG = """\b
examples:
  toylab show toylab-report                       the run's table
  toylab show toylab-report --follow              a run that is under way, case by case
  toylab show toylab-report refused::ipv4-epoll   one case with its clauses
  toylab show toylab-report refused::ipv4-epoll --flow
  toylab show toylab-report refused::ipv4-epoll --trace
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.argument("case", required=False)
@click.option("--flow", is_flag=True, help="The case as a flow graph: both ends, and the packets between.")
@click.option("--trace", is_flag=True, help="The whole trace, one event a line.")
@click.option("--follow", is_flag=True, help="Watch a run that is under way, until it is done.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(run: Path, case: str | None, flow: bool, trace: bool, follow: bool, color: str) -> None:
    """Show RUN (a run's directory), or one CASE of it: verdict, what refused it, and the trace around it."""
    from reports import store, text

    if follow:
        _follow(run, colored(color))
    whole = store.load_run(run)
    if case is None:
        click.echo(text.table(whole, colored(color), width()), nl=False)
        return
    found = store.find(whole, case)
    if trace or flow:
        click.echo(_read(run, found.id, flow, colored(color)), nl=False)
    else:
        click.echo(text.case_detail(run, found, colored(color), width(), whole.command), nl=False)


def _read(run: Path, name: str, as_flow: bool, color: bool) -> str:
    """The whole trace of a case, as a flow graph or in text notation."""
    from harness import notation
    from reports import flow, store

    stored = store.load_case(run, store.find(store.load_run(run), name))
    if as_flow:
        return flow.render(stored, color, width())
    return notation.format(stored.events, subject=stored.subject_host)


def _follow(run: Path, color: bool) -> None:
    """A line for each case as it is done; the table follows when the run is in its place."""
    from reports import progress

    for so_far, come in progress.follow(run):
        for id in come:
            click.echo(progress.line(so_far, id, color, width()))
        click.echo(progress.summary(so_far), err=True)
