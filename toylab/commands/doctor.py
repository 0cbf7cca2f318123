"""`toylab doctor`: what this machine has, what it lacks, and how to get that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from toylab.terminal import colored

if TYPE_CHECKING:
    from netns.probe import Finding


@click.command(epilog="exit status: 0 everything that is needed is there, 3 something is missing")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def command(as_json: bool, color: str) -> None:
    """Try everything that a run needs, and say what to do about what is missing."""
    from netns.probe import probe

    findings = probe()
    if as_json:
        click.echo(json.dumps([one._asdict() for one in findings], indent=2))
    else:
        for finding in findings:
            _show(finding, colored(color))
    missing = any(one.required and not one.ok for one in findings)
    raise click.exceptions.Exit(3 if missing else 0)


def _show(finding: Finding, color: bool) -> None:
    missing = click.style("MISS", fg="red") if finding.required else click.style("none", fg="yellow")
    mark = click.style("ok  ", fg="green") if finding.ok else missing
    click.echo(f"{mark}  {finding.name:<24} {finding.found}", color=color)
    if not finding.ok:
        click.echo(f"      needed for {finding.needed_for}; {finding.remedy}", color=color)
