"""`toylab mutants -o`: the cases that convict are kept, and the report of the honest program leads to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from toylab.commands import mutants, report, run
from toylab.sinners import known

SINNER = known("toy9")["dials-again"]


def toylab(command: object, *arguments: str) -> None:
    done = CliRunner().invoke(command, arguments)  # type: ignore[arg-type]
    assert done.exit_code == 0, done.output


def test_the_cases_of_a_mutant_are_kept_as_a_run_that_the_report_of_another_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    toylab(run.command, "toy9", "refused", "-k", "ipv4-epoll and not et")
    toylab(mutants.command, "toy9", SINNER.name, "-o", "toylab-report/mutants")
    [(name, told)] = json.loads(Path("toylab-report/mutants/kill-matrix.json").read_text()).items()
    assert (name, told["sin"]) == (SINNER.name, SINNER.sin)
    assert set(told["clauses"]) == set(SINNER.convicted_by)
    convicting = next(iter(told["clauses"].values()))
    page = Path("toylab-report/mutants", convicting, "index.html").read_text(encoding="utf-8")
    again = page.partition('id="command">')[2].partition("<")[0]
    assert again.endswith(f"--mutant {SINNER.name}")
    assert "@" not in again
    toylab(report.command, "toylab-report")
    assert f'href="mutants/{convicting.replace("@", "%40")}/index.html"' in Path("toylab-report/kills.html").read_text()
