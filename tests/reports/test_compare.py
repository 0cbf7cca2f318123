"""Two runs set against each other: verdicts, canonical traces, times, and the cases that only one has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import reports
from harness.events import Event
from harness.result import CaseResult, RunResult
from harness.serial import dump_all
from reports import store
from reports.compare import MOST_LINES, Change, compare, trace_diff
from reports.compare_text import render

from .conftest import events_of, judged, three_cases, write_run


def changed(case: CaseResult, **fields: Any) -> Change:
    return Change(case, replace(case, **fields))


@pytest.fixture
def case() -> CaseResult:
    return three_cases()[0][0]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Before, `refused` conforms and `late-syn-ack` takes 506 ms; now the first sins, and the second takes 2 s."""
    refused, queued, late = three_cases()
    sin = judged("T9-07", "fail", 23, reason="SO_ERROR was read 2 times")
    clauses = (judged("T9-01", "pass", 5), sin)
    now = replace(refused[0], verdict="fail", clauses=clauses, canonical="aa" * 32, reason="T9-07: read twice")
    slow = replace(late[0], duration_ms=2000.0)
    before = write_run(tmp_path / "before", [refused, late])
    return before, write_run(tmp_path / "now", [(now, events_of("twice")), queued, (slow, late[1])])


def test_a_case_that_is_the_same_changed_in_nothing(case: CaseResult) -> None:
    one = changed(case)
    assert (one.verdict, one.trace, one.time) == (False, False, False)


@pytest.mark.parametrize(("spent_ms", "differs"), [(12.5, False), (300.0, True), (210.0, False)])
def test_a_time_changed_only_if_it_did_by_much(case: CaseResult, spent_ms: float, differs: bool) -> None:
    assert changed(case, duration_ms=spent_ms).time is differs
    assert Change(replace(case, duration_ms=spent_ms), case).time is differs


def test_a_long_case_that_takes_a_little_longer_did_not_change(case: CaseResult) -> None:
    assert not changed(replace(case, duration_ms=4000.0), duration_ms=4900.0).time


def test_a_trace_that_nobody_recorded_is_no_change(case: CaseResult) -> None:
    assert not changed(case, canonical="").trace
    assert changed(case, canonical="00" * 32).trace


def test_a_clause_that_stopped_to_apply_counts_although_the_case_still_passes(case: CaseResult) -> None:
    one = changed(case, clauses=(judged("T9-01", "not_applicable", reason="no socket"), *case.clauses[1:]))
    assert one.verdict
    assert one.clauses == (("T9-01", "pass", "not_applicable", "no socket"),)


def test_runs_are_joined_by_case_and_the_rest_is_named(two: tuple[Path, Path]) -> None:
    found = compare(*map(store.load_run, two))
    assert [one.id for one in found.verdicts] == [one.id for one in found.traces] == ["refused::ipv4-epoll"]
    assert [one.id for one in found.times] == ["late-syn-ack::ipv6-poll"]
    assert ([case.id for case in found.new], found.gone, found.same) == (["refused-while-queued::ipv4-epoll"], (), 0)
    assert [case.id for case in compare(*map(store.load_run, reversed(two))).gone] == [
        "refused-while-queued::ipv4-epoll"
    ]


def test_a_case_that_was_run_with_two_subjects_is_joined_with_its_own(case: CaseResult) -> None:
    run = RunResult(**_plain())
    twice = replace(run, cases=(case, replace(case, subject="curl")))
    assert [(one.before.subject, one.after.subject) for one in compare(twice, twice).both] == [
        ("toy9", "toy9"), ("curl", "curl"),
    ]  # fmt: skip


def test_the_traces_are_told_apart_line_by_line(two: tuple[Path, Path]) -> None:
    [one] = compare(*map(store.load_run, two)).traces
    lines = trace_diff(*two, one)
    assert lines[:2] == ["--- before", "+++ after"]
    assert any(line.startswith("+client") and "getsockopt(sock1, SO_ERROR) = 0" in line for line in lines)


def test_a_difference_without_end_is_cut(two: tuple[Path, Path]) -> None:
    [one] = compare(*map(store.load_run, two)).traces
    many: list[Event] = [replace(event, at_ns=n) for n in range(9) for event in events_of("success")]
    (two[1] / one.after.directory / "trace.jsonl").write_bytes(dump_all(many))
    lines = trace_diff(*two, one)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].endswith("more lines")


def test_the_terminal_tells_verdict_trace_time_and_what_is_new(two: tuple[Path, Path]) -> None:
    assert render(compare(*map(store.load_run, two))).splitlines() == [
        "verdict",
        "  ✗ refused::ipv4-epoll: pass -> fail",
        "      T9-07 not applicable -> fail: SO_ERROR was read 2 times",
        "",
        "trace",
        "  refused::ipv4-epoll",
        "",
        "time",
        "  late-syn-ack::ipv6-poll: 506 ms -> 2.00 s",
        "",
        "only now            refused-while-queued::ipv4-epoll",
        "2 cases in both runs: 1 changed verdict, 1 changed trace, 1 changed time, 0 as before",
    ]


def test_two_runs_that_are_the_same_say_so(two: tuple[Path, Path]) -> None:
    run = store.load_run(two[0])
    assert render(compare(run, run)) == "2 cases in both runs: nothing changed, 2 as before\n"


def test_the_page_groups_the_cases_that_changed_alike_and_shows_the_difference(two: tuple[Path, Path]) -> None:
    for one in two:
        reports.write_html(one)
    page = reports.write_comparison(two[1], two[0])
    text = page.read_text(encoding="utf-8")
    assert page == two[1] / "compare.html"
    assert '<a class="muted small" href="../before/cases/refused/ipv4-epoll/index.html">before</a>' in text
    assert '<span class="added">+client' in text
    assert (two[1] / "../before/cases/refused/ipv4-epoll/index.html").is_file()


def _plain() -> dict[str, Any]:
    texts = dict.fromkeys(("spec", "subject", "started", "command", "version"), "")
    return {**texts, "verdict": "pass", "duration_s": 0.0, "environment": {}}
