"""`toylab step`: a handshake in single step."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from harness.errors import RigError
from toylab import running

EPILOG = """\b
examples:
  toylab step
  toylab step refused
  toylab step single-step -k ipv6 --subject 'python client.py {host} {port}'
"""


@click.command(epilog=EPILOG)
@click.argument("scenario", default="single-step")
@click.option("-k", "expression", metavar="EXPR", default="", help="Which case of the scenario (default: its first).")
@click.option("--subject", default="", metavar="COMMAND", help="Another program; {host} and {port} are filled in.")
def command(scenario: str, expression: str, subject: str) -> None:
    """Run one case of SCENARIO and show, for each packet, what epoll and the TCP state are on both ends.

    Nothing moves while the program runs: each packet is delivered when everybody sleeps, so each line shows what that
    one packet changed.
    """
    from harness.runner.front import Rig

    wish = running.Wish(spec="toy9", named=(scenario,), expression=expression, subject=subject, slow=True)
    with tempfile.TemporaryDirectory() as place, Rig(running.options_for(Path(place) / "run", 1, None)) as rig:
        case = running.cases_of(wish)[0][0]
        outcome = running.run(wish, rig, [case])
        _show(Path(place) / "run", outcome)


def _show(directory: Path, outcome: running.Outcome) -> None:
    from reports import steps, store

    stored = store.load_case(directory, outcome.run.cases[0])
    if not stored.events:
        raise RigError(stored.result.reason, "run `toylab doctor`")
    click.echo(f"{stored.result.id}\n")
    click.echo(steps.table(stored.events, stored.subject_host))
    click.echo(f"{stored.result.verdict}: {stored.result.reason}" if stored.result.reason else stored.result.verdict)
