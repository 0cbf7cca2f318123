"""The cost of whole cases: ground, program, every witness, judging, files, tear-down."""

from __future__ import annotations

import statistics
import time

from bench import places
from harness.case import Case
from harness.result import CaseResult
from harness.runner.front import Job, Options, Rig


def one_by_one(case: Case, times: int, *, strace: bool | None = None) -> tuple[float, dict[str, float]]:
    """The median cost of a case in milliseconds, and the median of each of its phases."""
    results = _run(case, times, jobs=1, strace=strace)[0]
    phases = {name: statistics.median(r.phases_ms[name] for r in results) for name in results[0].phases_ms}
    return statistics.median(result.duration_ms for result in results), phases


def a_second(case: Case, times: int, jobs: int) -> float:
    """How many cases are done in a second, `jobs` at a time."""
    return times / _run(case, times, jobs=jobs, strace=None)[1]


def _run(case: Case, times: int, *, jobs: int, strace: bool | None) -> tuple[list[CaseResult], float]:
    with Rig(Options(directory=places.fresh() / "run", jobs=jobs, strace=strace)) as rig:
        list(rig.run(Job(case, attempt) for attempt in range(2, 2 + 2 * jobs)))  # warm every slot
        begun = time.perf_counter()
        results = list(rig.run(Job(case, 100 + attempt) for attempt in range(times)))
        took_s = time.perf_counter() - begun
    bad = [result for result in results if result.verdict != "pass"]
    if bad:
        raise RuntimeError(f"{len(bad)} of {times} runs of {case.id} did not pass: {bad[0].reason}")
    return results, took_s
