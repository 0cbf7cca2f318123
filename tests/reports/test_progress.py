"""A run that is under way: what is done so far."""

from __future__ import annotations

import json
from pathlib import Path

from reports import progress


def done(part: Path, id: str, verdict: str = "pass", reason: str = "") -> Path:
    where = part / "cases" / id.replace("::", "/")
    where.mkdir(parents=True)
    (where / "case.json").write_text(json.dumps({"id": id, "verdict": verdict, "reason": reason}))
    return where


def test_cases_are_told_once_as_they_come_until_the_run_is_in_its_place(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    part = progress.part_of(run_dir)
    done(part, "echo::ipv4")
    steps = iter(
        (
            lambda: done(part, "refused::ipv4", "fail", "T9-07: read twice"),
            lambda: None,
            lambda: part.rename(run_dir),
        )
    )
    told = [
        (list(come), progress.summary(so_far))
        for so_far, come in progress.follow(run_dir, lambda _: next(steps)())  # type: ignore[func-returns-value]
    ]
    assert told == [
        (["echo::ipv4"], "1 cases so far: 1 pass"), (["refused::ipv4"], "2 cases so far: 1 pass, 1 fail"),
    ]  # fmt: skip


def test_a_case_that_is_being_written_is_told_when_it_is_whole(tmp_path: Path) -> None:
    so_far = progress.Progress()
    where = done(tmp_path, "echo::ipv4")
    whole = (where / "case.json").read_text()
    (where / "case.json").write_text(whole[:20])
    assert so_far.look(tmp_path) == []
    (where / "case.json").write_text(whole)
    assert so_far.look(tmp_path) == ["echo::ipv4"]


def test_the_controls_of_a_run_are_none_of_its_cases(tmp_path: Path) -> None:
    done(tmp_path, "control-bad::first", "fail")
    assert progress.Progress().look(tmp_path) == []


def test_what_is_told_of_a_case_is_harmless_and_says_why_it_failed(tmp_path: Path) -> None:
    so_far = progress.Progress()
    done(tmp_path, "refused::ipv4", "fail", "\x1b[2Jread twice")
    [id] = so_far.look(tmp_path)
    assert progress.line(so_far, id) == "✗ refused::ipv4  \\x1b[2Jread twice"


def test_where_nothing_runs_nothing_is_told(tmp_path: Path) -> None:
    assert list(progress.follow(tmp_path / "run")) == []
