"""What `-k` means: words of a case's id and tags, and numbers of clauses, which restrict what is shown and judged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.case import PATIENCE_MS
from harness.errors import UsageError
from harness.result import CaseResult, RunResult
from tests.door.test_commands import toylab
from toylab import finding, running
from toylab.commands import run

SINNER = ("--mutant", "reads-so-error-twice", "--no-report")


def ids(expression: str) -> list[str]:
    clauses = finding.clauses_in("toy9", expression)
    wish = running.Wish(spec="toy9", named=("refused",), expression=expression, clauses=clauses)
    return [case.id for case in running.cases_of(wish)[0]]


def test_words_are_joined_as_in_pytest() -> None:
    assert ids("ipv4-select or ipv6-poll") == ["refused::ipv4-select", "refused::ipv6-poll"]
    assert ids("ipv6 and not (epoll or select)") == ["refused::ipv6-poll"]
    assert ids("refused::ipv4-poll") == ["refused::ipv4-poll"]


def test_a_clause_is_true_of_every_case() -> None:
    assert len(ids("T9-07")) == 8
    assert ids("t9-07 and ipv4-select") == ["refused::ipv4-select"]
    assert finding.clauses_in("toy9", "T9-07 and (t9-06 or T9-07)") == ("T9-07", "T9-06")


def test_another_subject_is_asked_only_what_is_always_asked() -> None:
    wish = running.Wish(spec="httpd", named=("http2-client-leaves",), expression="ipv4-poll", subject="true")
    [case] = running.cases_of(wish)[0]
    asked = running.with_subject(case, wish).expect
    assert asked.always == case.expect.always != ()
    assert (asked.trace, asked.exit, asked.states) == ((), None, case.expect.states)


def test_another_subject_has_time_to_start() -> None:
    wish = running.Wish(spec="toy9", named=("cable-pulled",), expression="ipv4-poll", subject="true")
    [case] = running.cases_of(wish)[0]
    assert (case.deadline_ms, PATIENCE_MS) == (10_000, 10_000)
    assert running.cases_of(running.Wish(spec="toy9", named=wish.named))[0][0].deadline_ms == 1_000


def test_a_clause_that_the_spec_does_not_have_is_refused_before_anything_runs(tmp_path: Path) -> None:
    for more in ((), ("--json",), ("-q",)):
        done = toylab("run", "toy9", "refused", "-k", "T9-99", *more, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "no clause T9-99" in done.stderr
    assert os.listdir(tmp_path) == []


def test_words_that_only_look_like_clauses_are_words() -> None:
    assert finding.clauses_in("toy9", "port-80 or ipv4-06") == ()
    with pytest.raises(UsageError, match="no case matches"):
        ids("port-80")


def test_only_the_clause_that_was_asked_for_decides(tmp_path: Path) -> None:
    other = toylab("run", "toy9", "refused", "-k", "T9-01 and ipv4-select", *SINNER, cwd=tmp_path)
    assert (other.returncode, other.stdout) == (0, "pass            refused::ipv4-select\n")
    several = toylab("run", "toy9", "refused", "-k", "(T9-01 or T9-07) and ipv4-select", *SINNER, cwd=tmp_path)
    assert several.returncode == 1
    assert several.stdout.splitlines()[1].startswith("fail            T9-07  refused::ipv4-select  ")


def test_a_clause_that_applies_to_no_case_shows_nothing(tmp_path: Path) -> None:
    done = toylab("run", "toy9", "refused", "-k", "T9-31 and ipv4-select", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[:2]) == (1, ["not_applicable", "refused::ipv4-select"])
    assert done.stderr.splitlines()[-1] == "nothing in these cases is judged by T9-31"


def test_a_clause_without_a_judgement_does_not_conform() -> None:
    lost = CaseResult(
        id="a::b", spec="toy9", scenario="a", axes={}, file="a.yaml", line=1, why="", subject="toy9",
        verdict="inconclusive", reason="the lab broke down",
    )  # fmt: skip
    whole = RunResult(
        spec="toy9", subject="toy9", verdict="inconclusive", started="", duration_s=0, command="", version="",
        environment={}, cases=(lost,),
    )  # fmt: skip
    assert run.said(lost, ("T9-07",)) == [("inconclusive", "T9-07", "the lab broke down")]
    assert not run.is_good(running.Outcome(whole), ("T9-07",))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--subject", "no-such-program {host} {port}"), "there is no program 'no-such-program'"),
        (("--subject", "true", "--mutant", "dials-again"), "does not go together"),
    ],
)
def test_a_subject_that_cannot_be_is_no_verdict(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = toylab("run", "toy9", "refused", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert os.listdir(tmp_path) == []
