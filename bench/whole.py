"""A whole run: how many cases a second, and where the time goes."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from bench import places
from harness.case import Case
from harness.runner.front import Job, Options, Rig, finish, mixed
from reports import write_html


class Whole(NamedTuple):
    """`shares` are seconds of the slots' own time by phase, and of the report's one process."""

    cases: int
    took_s: float
    shares: dict[str, float]


def run(cases: list[Case], jobs: int, *, strace: bool | None = None) -> Whole:
    """All cases once, and their report. RuntimeError for a case that does not pass."""
    place = places.fresh() / "run"
    options = Options(directory=place, jobs=jobs, strace=strace)
    with Rig(options) as rig:
        started, begun = datetime.now(UTC), time.perf_counter()
        results = list(rig.run(mixed(map(Job, cases))))
        took_s = time.perf_counter() - begun
        if bad := [result for result in results if result.verdict != "pass"]:
            raise RuntimeError(f"{len(bad)} of {len(cases)} cases did not pass: {bad[0].id}: {bad[0].reason}")
        finish(
            options, spec=cases[0].spec, subject="", command="", started=started, results=results,
            environment={}, version="",
        )  # fmt: skip
        shares: Counter[str] = Counter()
        for result in results:
            shares.update({phase: ms / 1e3 for phase, ms in result.phases_ms.items()})
        begun = time.perf_counter()
        write_html(place)
        return Whole(len(cases), took_s, {**shares, "report": time.perf_counter() - begun})
