"""`toylab report`: the HTML report of a stored run."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
examples:
  toylab report toylab-report --open
  toylab report toylab-report --junit report.xml
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML as well.")
@click.option("--open", "opens", is_flag=True, help="Open it in a browser.")
def command(run: Path, junit: Path | None, opens: bool) -> None:
    """Write the report of RUN (a run's directory) again, and say where it is."""
    from reports import write_html, write_junit

    index = write_html(run)
    if junit:
        write_junit(run, junit)
    click.echo(index)
    if opens:
        click.launch(str(index))
