"""`toylab report`: a stored run as pages, or in the form that somebody else reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from toylab.terminal import colored, width

EPILOG = """\b
examples:
  toylab report toylab-report --open
  toylab report toylab-report --against yesterday      what changed since
  toylab report toylab-report --junit junit.xml --ctrf ctrf.json
  toylab report toylab-report --svg refused::ipv4-epoll > refused.svg
  toylab report toylab-report --perfetto refused::ipv4-epoll > trace.json
"""
DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(path_type=Path)


@click.command(epilog=EPILOG)
@click.argument("run", type=DIRECTORY)
@click.option("--against", type=DIRECTORY, metavar="RUN", help="Say what changed since another run.")
@click.option("--junit", type=FILE, help="Write JUnit XML as well.")
@click.option("--ctrf", type=FILE, help="Write the Common Test Report Format as well.")
@click.option("--svg", metavar="CASE", help="Print the sequence diagram of one case instead.")
@click.option("--perfetto", metavar="CASE", help="Print the trace of one case for ui.perfetto.dev instead.")
@click.option("--open", "opens", is_flag=True, help="Open it in a browser.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(run: Path, svg: str | None, perfetto: str | None, **given: Any) -> None:
    """Write the report of RUN (a run's directory) again, and say where it is."""
    if svg or perfetto:
        click.echo(_drawn(run, svg) if svg else _traced(run, perfetto or ""), nl=False)
        return
    page = _written(run, given)
    click.echo(page)
    if given["opens"]:
        click.launch(str(page))


def _written(run: Path, given: dict[str, Any]) -> Path:
    """The page to look at: the comparison if one was asked for, else the index."""
    import reports

    page = reports.write_html(run)
    if given["junit"]:
        reports.write_junit(run, given["junit"])
    if given["ctrf"]:
        reports.write_ctrf(run, given["ctrf"])
    if given["against"]:
        _tell_changes(run, given["against"], colored(given["color"]))
        page = reports.write_comparison(run, given["against"])
    return page


def _tell_changes(run: Path, against: Path, color: bool) -> None:
    from reports import compare, compare_text, store

    found = compare.compare(store.load_run(against), store.load_run(run))
    click.echo(compare_text.render(found, color, width()), nl=False, color=color)


def _drawn(run: Path, name: str) -> str:
    from reports import store
    from reports.drawing.figure import figure
    from reports.evidence import blame

    case = store.find(store.load_run(run), name)
    return figure(store.load_case(run, case), blame(case))


def _traced(run: Path, name: str) -> str:
    from reports import perfetto, store

    return perfetto.render(store.load_case(run, store.find(store.load_run(run), name)))
