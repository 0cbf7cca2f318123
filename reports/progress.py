"""Watches a run that is under way: the cases that are done, as far as they lie in its directory.

A run writes to `.NAME.part` beside its directory and moves it into place as its last act (harness/runner/front.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.verdict import ORDER
from reports import tally
from reports.ansi import Paint, fit

INTERVAL_S = 0.5
CONTROL = "control-"
"""What a run does to see whether it can be believed is none of its cases."""


@dataclass(slots=True)
class Progress:
    """What is known so far: verdict and reason of each case that is done, by id; `met` are the files that told it."""

    done: dict[str, tuple[str, str]] = field(default_factory=dict)
    met: set[Path] = field(default_factory=set)

    def look(self, part: Path) -> list[str]:
        """Read what is new in the directory, and return the ids of the cases that have come."""
        come = []
        for file in sorted(part.glob("cases/*/*/case.json")):
            if file in self.met or file.parent.parent.name.startswith(CONTROL):
                continue
            if told := _read(file):
                self.met.add(file)
                self.done[told[0]] = told[1], told[2]
                come.append(told[0])
        return come

    @property
    def counts(self) -> dict[str, int]:
        verdicts = [verdict for verdict, _ in self.done.values()]
        return {name: verdicts.count(name) for name in tally.OUTCOMES if name in verdicts}


def part_of(run_dir: Path) -> Path:
    """Where a run is written while it is under way."""
    whole = run_dir.absolute()
    return whole.with_name(f".{whole.name}.part")


def follow(run_dir: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[tuple[Progress, list[str]]]:
    """What has come each time something came, until the run is in its place or has gone."""
    progress, part = Progress(), part_of(run_dir)
    while part.is_dir():
        if come := progress.look(part):
            yield progress, come
        sleep(INTERVAL_S)


def line(progress: Progress, id: str, color: bool = False, width: int = 80) -> str:
    """A case that is done: sign, id, and the reason if it does not conform."""
    verdict, reason = progress.done[id]
    text = f"{tally.SIGN[verdict]} {id}" + (f"  {reason}" if verdict in ("fail", "inconclusive") else "")
    return Paint(color)(verdict, fit(text, width).rstrip())


def summary(progress: Progress) -> str:
    told = ", ".join(f"{count} {tally.WORD[name]}" for name, count in progress.counts.items())
    return f"{len(progress.done)} cases so far" + (f": {told}" if told else "")


def _read(file: Path) -> tuple[str, str, str] | None:
    """Id, verdict and reason; None while the file is being written."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        known = str(told["id"]), str(told["verdict"]), str(told["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if known[1] in ORDER else None
