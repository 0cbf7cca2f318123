"""`toylab catalogue`: the situations in which programs go wrong, as a document."""

from __future__ import annotations

import click


@click.command(epilog="example: toylab catalogue > docs/catalogue.md")
def command() -> None:
    """Print every situation with the scenarios that play it and the clauses that judge it, in Markdown."""
    from reports.catalogue_doc import render
    from toylab import finding

    files = [file for spec in finding.specs() for file in finding.scenario_files(spec, ())]
    click.echo(render(files), nl=False)
