"""`toylab step`: a handshake in single step."""

from __future__ import annotations

import os
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import click

from harness.errors import RigError, UsageError
from toylab import running

FIRST = {"readiness": "handshake", "toy9": "single-step"}
"""The scenario of each spec that is nothing but a handshake."""

EPILOG = """\b
examples:
  toylab step
  toylab step readiness fast-open --every 1
  toylab step toy9 refused
  toylab step readiness lab-listener --subject 'python client.py {host} {port}'
"""


@click.command(epilog=EPILOG)
@click.argument("spec", default="readiness")
@click.argument("scenario", default="")
@click.option("-k", "expression", metavar="EXPR", default="", help="Which case of the scenario (default: its first).")
@click.option("--subject", default="", metavar="COMMAND", help="Another program; {host} and {port} are filled in.")
@click.option(
    "--every", type=click.FloatRange(min=0), metavar="SECONDS", help="Show a step each so often (default: at each key)."
)
def command(spec: str, scenario: str, expression: str, subject: str, every: float | None) -> None:
    """Run one case and show, packet by packet, what the pollers and the TCP states of both ends are.

    Without SCENARIO it is the handshake of SPEC, and without SPEC that of readiness.

    Nothing moves while a program runs: each packet is delivered when everybody sleeps, so each line shows what that
    one packet changed. The lab plays the case first, in some milliseconds, and shows it then: a kernel that had to
    wait for a key would send its SYN again after a second. Any key shows the next step, `a` all others, `q` ends it.
    """
    from harness.runner.front import Rig

    wish = running.Wish(
        spec=spec, named=(_scenario(spec, scenario),), expression=expression, subject=subject, slow=True
    )
    with tempfile.TemporaryDirectory() as place, Rig(running.options_for(Path(place) / "run", 1, None)) as rig:
        case = running.cases_of(wish)[0][0]
        outcome = running.run(wish, rig, [case])
        with _pace(every) as pace:
            _show(Path(place) / "run", outcome, pace)


def _scenario(spec: str, scenario: str) -> str:
    if not scenario and spec not in FIRST:
        raise UsageError(f"{spec} has no scenario that is nothing but a handshake; `toylab list {spec}` shows them all")
    return scenario or FIRST[spec]


def _show(directory: Path, outcome: running.Outcome, pace: Callable[[], bool]) -> None:
    from reports import steps, store

    stored = store.load_case(directory, outcome.run.cases[0])
    if not stored.events:
        raise RigError(stored.result.reason, "run `toylab doctor`")
    click.echo(f"{stored.result.id}\n{click.wrap_text(stored.result.why, 100)}\n")
    _tell(steps.lines(steps.rows(stored.events)), pace)
    passed = stored.result.verdict == "pass"
    click.echo(f"\n{stored.result.verdict}" + (f": {stored.result.reason}" if not passed else ""))


def _tell(lines: Iterable[str], pace: Callable[[], bool]) -> None:
    """The head of the table at once, then row by row for as long as `pace` says so."""
    for number, line in enumerate(lines):
        if number and not pace():
            return
        click.echo(line)


def _pace(every: float | None) -> AbstractContextManager[Callable[[], bool]]:
    """Waits before each step: for a key at a terminal, for some time if that was asked for, else for nothing."""
    if every is None and sys.stdin.isatty() and sys.stdout.isatty():
        return _keyboard()
    return nullcontext(partial(_rest, every or 0.0))


def _rest(seconds: float) -> bool:
    time.sleep(max(0.0, seconds))
    return True


@contextmanager
def _keyboard() -> Iterator[Callable[[], bool]]:
    """Keys one by one and unseen, from before the first line is shown: none is lost that is pressed early."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSANOW)
    click.echo("any key: the next step; a: all others; q: the end", err=True)
    try:
        yield Keys(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class Keys:
    """Asks the keyboard before each step, until `a` says that it need not, or `q` that there is to be none."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._all = False

    def __call__(self) -> bool:
        key = b"" if self._all else os.read(self._terminal, 1)
        self._all = self._all or key == b"a"
        return key not in (b"q", b"\x04")
