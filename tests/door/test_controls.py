"""A run says of itself whether its verdicts can be believed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.result import CaseResult
from harness.runner.front import Job, Rig
from toylab import controls
from toylab.cli import group


def run(place: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, dict[str, object]]:
    """The exit status of a run of one case, what it said on stderr, and what it wrote down."""
    arguments = ["run", "toy9", "refused", "-k", "ipv4-select", "--no-report", "-o", str(place / "run")]
    status = group.main(arguments, standalone_mode=False)
    return int(status or 0), capsys.readouterr().err, json.loads((place / "run" / "run.json").read_text())


def test_controls_that_are_as_they_should_be_are_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, written = run(tmp_path, capsys)
    assert (status, written["verdict"]) == (0, "pass")
    assert written["environment"]["controls"] == "as they should be"  # type: ignore[index]
    assert [case["id"] for case in written["cases"]] == ["refused::ipv4-select"]  # type: ignore[attr-defined]
    assert sorted(path.name for path in (tmp_path / "run" / "cases").iterdir()) == [
        "Control-bad", "Control-good", "refused",
    ]  # fmt: skip


def test_they_are_handed_out_before_all_other_cases_and_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out: list[str] = []
    run_all = Rig.run

    def noted(rig: Rig, jobs: Iterable[Job], **more: Any) -> Iterator[CaseResult]:
        listed = list(jobs)
        handed_out.extend(job.case.id for job in listed)
        return run_all(rig, listed, **more)

    monkeypatch.setattr(Rig, "run", noted)
    group.main(["run", "toy9", "refused", "--no-report", "-o", str(tmp_path / "run")], standalone_mode=False)
    assert handed_out[:2] == ["Control-good::first", "Control-bad::first"]
    assert handed_out[-2:] == ["Control-good::last", "Control-bad::last"]
    assert len(handed_out) == 4 + 8


def test_a_lab_that_acquits_the_known_sinner_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "SIN", "")
    status, said, written = run(tmp_path, capsys)
    assert (status, written["verdict"]) == (4, "inconclusive")
    assert "no verdict of this run can be believed" in said
    assert "the known bad case (first) should be convicted by T9-07, it is pass" in said
    assert "the known bad case (last)" in said


def test_a_lab_that_convicts_the_honest_client_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = controls.cases

    def slandered(place: str) -> list[controls.Case]:
        good, bad = honest(place)
        return [controls.replace(good, subject=bad.subject), bad]

    monkeypatch.setattr(controls, "cases", slandered)
    status, said, _ = run(tmp_path, capsys)
    assert status == 4
    assert "the known good case (first) came out as fail: " in said


def test_a_lab_that_is_not_believed_convicts_no_mutant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "SIN", "")
    status = group.main(["mutants", "toy9", "dials-again"], standalone_mode=False)
    assert status == 4
    told = capsys.readouterr()
    assert "no verdict of this run can be believed: the known bad case (first)" in told.err
    assert "ok" not in told.out
