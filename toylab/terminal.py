"""What goes to the terminal: colour only where it is wanted, progress only where somebody watches."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter

import click

from harness.result import CaseResult

EVERY_S = 0.1


def colored(choice: str) -> bool:
    """Whether to colour stdout: `always`, `never`, or `auto`, which is a terminal and no NO_COLOR (no-color.org)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


class Progress:
    """One line on stderr that says how far a run is; silent where stderr is no terminal, whole lines if verbose."""

    def __init__(self, total: int, *, quiet: bool = False, verbose: bool = False) -> None:
        self._total = total
        self._seen: Counter[str] = Counter()
        self._verbose = verbose
        self._live = sys.stderr.isatty() and not quiet and not verbose
        self._shown_at = 0.0

    def add(self, result: CaseResult) -> None:
        self._seen[result.verdict] += 1
        if self._verbose:
            click.echo(f"{result.verdict:<13} {result.id}  {result.duration_ms:.0f} ms", err=True)
        now = time.monotonic()
        if self._live and now - self._shown_at > EVERY_S:
            self._shown_at = now
            self._show()

    def close(self) -> None:
        """Leaves the line empty for what follows."""
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)

    def _show(self) -> None:
        done = sum(self._seen.values())
        filled = 24 * done // max(self._total, 1)
        bad = "".join(f", {self._seen[name]} {name}" for name in ("fail", "inconclusive") if self._seen[name])
        click.echo(f"\r\x1b[K[{'#' * filled}{'.' * (24 - filled)}] {done}/{self._total}{bad}", err=True, nl=False)
