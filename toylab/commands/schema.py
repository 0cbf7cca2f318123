"""`toylab schema`: for editors, and for whoever reads our JSON."""

from __future__ import annotations

import json

import click


@click.command(epilog="example: toylab schema > scenario.schema.json")
@click.option("--results", is_flag=True, help="The schema of `toylab run --json` instead.")
def command(results: bool) -> None:
    """Print the JSON Schema of scenario files."""
    if results:
        from reports import json_out

        click.echo(json.dumps(json_out.schema(), indent=2))
        return
    from harness import schema

    click.echo(schema.text(), nl=False)
