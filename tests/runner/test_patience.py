"""How long a case may take: told with a clock that the test turns."""

from __future__ import annotations

import pytest

from harness.case import Case, Program
from harness.runner import patience
from harness.runner.patience import MS, Patience
from netns.plan import Plan


class Clock:
    """Time and the programs' processor time, in milliseconds, as the test says."""

    def __init__(self) -> None:
        self.ms = self.cpu_ms = self.asked = 0

    def time_ns(self) -> int:
        return self.ms * MS

    def cpu_ns(self) -> int:
        self.asked += 1
        return self.cpu_ms * MS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(patience, "time", clock)
    return clock


def of(clock: Clock, **limits: int) -> Patience:
    waits = Case(
        id="waits::here", spec="toy9", scenario="waits", axes={}, file="waits.yaml", line=1, why="",
        plan=Plan(hosts=()), subject=Program(on="client", argv=("sleep", "60")), deadline_ms=10_000, **limits,
    )  # fmt: skip
    return Patience(waits, clock.cpu_ns)


def test_a_case_ends_at_its_deadline_however_much_happens(clock: Clock) -> None:
    patience = of(clock)
    clock.ms = 9_999
    patience.happened()
    assert patience.why_over() == ""
    clock.ms = 10_000
    assert patience.why_over() == "10000 ms are over"
    assert clock.asked == 0, "nobody asks for the processor time where it has no limit"


def test_silence_ends_a_case_that_says_so(clock: Clock) -> None:
    patience = of(clock, idle_ms=3_000)
    clock.ms = 2_000
    patience.happened()
    clock.ms = 4_999
    assert (patience.why_over(), patience.end_ns) == ("", 5_000 * MS)
    clock.ms = 5_000
    assert patience.why_over() == "nothing happened for 3000 ms"


def test_silence_does_not_put_the_deadline_off(clock: Clock) -> None:
    patience = of(clock, idle_ms=3_000)
    clock.ms = 9_000
    patience.happened()
    assert patience.end_ns == 10_000 * MS


def test_one_that_never_rests_ends_when_its_processor_time_is_used_up(clock: Clock) -> None:
    patience = of(clock, busy_ms=400)
    clock.ms, clock.cpu_ms = 5_000, 399
    assert patience.why_over() == ""
    clock.cpu_ms = 400
    assert patience.why_over() == "400 ms of processor time are used up"
