"""The order in which cases are handed out: always the same, and no like beside like."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from harness import kept
from harness.runner.front import CASES_PER_CORE, Job, mixed

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "toy9").glob("*.yaml"))


def test_cases_that_run_at_the_same_time_wait_for_different_timers() -> None:
    cases = [case for case in kept.cases_in(SCENARIOS) if not case.slow]
    handed_out = [job.case for job in mixed([Job(case) for case in cases])]
    assert sorted(case.id for case in handed_out) == sorted(case.id for case in cases)
    assert neighbours(cases) > 0.8
    assert neighbours(handed_out) < 0.05


def neighbours(cases: list[kept.Case]) -> float:
    """How many cases are followed by one of the same scenario."""
    return sum(one.scenario == other.scenario for one, other in pairwise(cases)) / len(cases)


def test_the_order_does_not_depend_on_who_asks_and_an_attempt_is_over_before_the_next() -> None:
    cases = kept.cases_in(SCENARIOS[:CASES_PER_CORE])
    jobs = [Job(case, attempt) for case in cases for attempt in (1, 2)]
    assert mixed(jobs) == mixed(jobs[::-1])
    assert [job.attempt for job in mixed(jobs)] == [1] * len(cases) + [2] * len(cases)
