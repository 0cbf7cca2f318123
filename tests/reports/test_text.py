from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from harness.plain import one_line, plain
from reports import store, tally, text
from reports.ansi import cells, fit

ANSI = re.compile(r"\x1b\[[\d;]*m")


def test_the_table_names_the_failing_case_its_clauses_and_its_reason(run_dir: Path) -> None:
    told = text.table(store.load_run(run_dir))
    assert "✗ refused-while-queued" in told
    assert "ipv4-epoll      T9-07 T9-08 states  SO_ERROR was read 2 times" in told
    assert "FAIL  3 cases in 0.4 s: 2 pass, 1 fail" in told


def test_the_summary_tells_what_was_never_exercised(run_dir: Path) -> None:
    told = "\n".join(text.summary(store.load_run(run_dir)))
    assert "3 of 4 exercised" in told
    assert re.search(r"never applicable +T9-24\n", told)
    assert re.search(r"branches not taken +connect-at-once, icmp-at-once", told)
    assert "late-syn-ack::ipv6-poll 506 ms" in told


def test_a_case_shows_verdict_reason_state_event_line_and_command(run_dir: Path) -> None:
    told = text.case_detail(run_dir, store.load_run(run_dir).cases[1])
    for part in (
        "✗ FAIL  refused-while-queued::ipv4-epoll",
        "✗ T9-07 MUST  SO_ERROR is read exactly once after the first readiness.",
        "last good  state connecting",
        "broken by  event 24: getsockopt(sock1, SO_ERROR) = 0",
        "✗ states scenarios/toy9/refused-while-queued.yaml:14",
        "expected   connecting -> error",
        "actual     connecting -> connected -> error",
        "again: toylab run toy9 -k refused-while-queued::ipv4-epoll",
    ):
        assert part in told


def test_a_case_that_does_not_conform_shows_the_last_words_on_stderr(run_dir: Path) -> None:
    passed, failing = store.load_run(run_dir).cases[:2]
    for case in (passed, failing):
        said = "".join(f"line {number}\n" for number in range(5)) + "Error: \x1b[2J is no address\n\n"
        (store.case_directory(run_dir, case) / "stderr.txt").write_text(said)
    told = text.case_detail(run_dir, failing).splitlines()
    shown = [line for line in told if "stderr" in line]
    assert shown == ["  stderr: line 3", "  stderr: line 4", r"  stderr: Error: \x1b[2J is no address"]
    assert "stderr" not in text.case_detail(run_dir, passed)
    (store.case_directory(run_dir, failing) / "stderr.txt").write_text("x" * 100_000)
    assert text.case_detail(run_dir, failing).count("x" * 20) < 100


def test_the_excerpt_has_ten_lines_with_the_evidence_marked(run_dir: Path) -> None:
    told = text.case_detail(run_dir, store.load_run(run_dir).cases[1]).splitlines()
    lines = [line for line in told if re.match(r"  [> ] +\d+  \d+\.\d+  ", line)]
    assert len(lines) == 10
    assert [int(line[3:9]) for line in lines if line[2] == ">"] == [22, 23, 24]


def test_no_line_is_wider_than_the_terminal(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    for width in (60, 80, 120):
        told = text.table(run, width=width) + text.case_detail(run_dir, run.cases[1], width=width)
        too_wide = [line for line in told.splitlines() if cells(line) > width and not line.startswith("  again: ")]
        assert too_wide == []


def test_colour_changes_nothing_but_colour(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    for plainly, painted in (
        (text.table(run), text.table(run, color=True)),
        (text.case_detail(run_dir, run.cases[1]), text.case_detail(run_dir, run.cases[1], color=True)),
    ):
        assert "\x1b[" not in plainly
        assert "\x1b[" in painted
        assert ANSI.sub("", painted) == plainly


def test_a_subject_cannot_send_escapes_to_the_terminal(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    nasty = replace(run.cases[1], reason="\x1b]0;owned\x07\n\u202eevil", why="\x1b[2J")
    told = text.table(replace(run, cases=(nasty,))) + text.case_detail(run_dir, nasty)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b]0;owned\\x07" in told


def test_a_clause_that_fails_as_the_scenario_expects_is_not_blamed(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    case = run.cases[1]
    fulfilled = tuple(replace(case.expectations[0], id=f"clauses.{id}", outcome="pass") for id in ("T9-07", "T9-08"))
    passing = replace(case, verdict="pass", expectations=fulfilled)
    assert tally.blamed(passing) == ()
    assert tally.convictions(replace(run, cases=(passing,))) == {}
    assert [one.id for one in tally.blamed(case)] == ["T9-07", "T9-08", "states"]


def test_wide_characters_take_two_columns() -> None:
    assert cells("日本") == 4
    assert fit("日本語", 5) == "日本…"
    assert fit("abc", 5) == "abc  "


def test_text_is_made_harmless_and_keeps_what_people_write() -> None:
    assert plain("naïve 日本 ✓\n\tok") == "naïve 日本 ✓\n\tok"
    assert plain("\x00\r\x7f\u200b\ud800") == "\\x00\\r\\x7f\\u200b\\ud800"
    assert one_line("a\nb\tc") == "a\\nb\\tc"
