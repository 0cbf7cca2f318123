"""`toylab report` and `toylab show`, as far as they choose the form: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from click.testing import CliRunner, Result

from harness.errors import UsageError
from reports import github, store
from toylab.commands import report, show
from toylab.commands import run as run_command

CASE = "refused-while-queued::ipv4-epoll"


def told(command: object, *arguments: object) -> str:
    result = run(command, *arguments)
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result.stdout


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)))  # type: ignore[arg-type]


def test_the_report_is_written_and_its_place_is_told(run_dir: Path, tmp_path: Path) -> None:
    files = ("--junit", tmp_path / "junit.xml", "--ctrf", tmp_path / "ctrf.json")
    assert told(report.command, run_dir, *files) == f"{run_dir / 'index.html'}\n"
    assert xml.parse(tmp_path / "junit.xml").getroot().tag == "testsuites"
    assert json.loads((tmp_path / "ctrf.json").read_text())["reportFormat"] == "CTRF"


def test_a_comparison_is_told_and_written(run_dir: Path) -> None:
    said = told(report.command, run_dir, "--against", run_dir).splitlines()
    assert said == ["3 cases in both runs: nothing changed, 3 as before", str(run_dir / "compare.html")]
    assert "No verdict changed." in (run_dir / "compare.html").read_text(encoding="utf-8")


def test_a_drawing_and_a_trace_are_printed_and_nothing_is_written(run_dir: Path) -> None:
    before = sorted(run_dir.rglob("*"))
    drawing = xml.fromstring(told(report.command, run_dir, "--svg", CASE))
    assert drawing.get("aria-label") == f"Sequence diagram of {CASE}"
    assert json.loads(told(report.command, run_dir, "--perfetto", CASE))["displayTimeUnit"] == "ns"
    assert sorted(run_dir.rglob("*")) == before


def test_a_case_is_shown_with_the_command_that_runs_it_again(run_dir: Path) -> None:
    assert f"again: toylab run toy9 -k {CASE}" in told(show.command, run_dir, CASE)
    assert "| SYN ---" in told(show.command, run_dir, CASE, "--flow")
    assert "client  getsockopt(sock1, SO_ERROR) = 0" in told(show.command, run_dir, CASE, "--trace")


@pytest.mark.parametrize(
    ("command", "option"), [(show.command, "--flow"), (report.command, "--svg"), (report.command, "--perfetto")]
)
def test_a_case_that_is_not_there_is_refused_with_the_nearest(run_dir: Path, command: object, option: str) -> None:
    name = CASE.replace("queued", "quued")
    arguments = (name, option) if option == "--flow" else (option, name)
    failed = run(command, run_dir, *arguments).exception
    assert isinstance(failed, UsageError)
    assert f"did you mean '{CASE}'?" in str(failed)


def test_a_run_that_is_done_is_shown_at_once_although_it_was_to_be_watched(run_dir: Path) -> None:
    assert "refused-while-queued" in told(show.command, run_dir, "--follow")


def test_the_summaries_of_several_runs_share_one_mebibyte(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "summary.md"
    file.write_text("x" * (github.SUMMARY_BYTES - 1000))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    run_command.tell_github(store.load_run(run_dir))
    assert file.stat().st_size < github.SUMMARY_BYTES
    assert "more lines did not fit" in file.read_text()
