"""`toylab spec`: a spec as a document."""

from __future__ import annotations

import click


@click.command(epilog="example: toylab spec toy9 > docs/spec-toy9.md")
@click.argument("spec")
def command(spec: str) -> None:
    """Print SPEC with every clause, its source and its golden traces, in Markdown."""
    from reports.spec_doc import render

    click.echo(render(spec), nl=False)
