"""Every clause has three golden traces, and they are what it is tested by."""

from __future__ import annotations

from importlib.resources import files

import pytest

from harness.checker import judge_clause
from harness.errors import InputError
from harness.golden import KINDS, OUTCOME, Golden, read_goldens
from harness.spec import clauses_of
from harness.spec.toy9.coverage import COVERAGE

CLAUSES = {clause.id: clause for clause in clauses_of("toy9")}
FILES = sorted((f for f in (files("harness") / "goldens" / "toy9").iterdir() if f.name.endswith(".txt")), key=str)
GOLDENS = [golden for f in FILES for golden in read_goldens(f.read_text(), f.name.removesuffix(".txt"), f.name)]
IDS = [f"T9-{number:02d}" for number in range(1, 35)]


def name_of(golden: Golden) -> str:
    return f"{golden.clause}-{golden.kind.replace(' ', '-')}"


@pytest.mark.parametrize("golden", GOLDENS, ids=name_of)
def test_a_clause_says_of_its_golden_trace_what_it_is(golden: Golden) -> None:
    verdict = judge_clause(CLAUSES[golden.clause], golden.trace)
    assert verdict.outcome == OUTCOME[golden.kind], verdict.reason


@pytest.mark.parametrize("golden", [g for g in GOLDENS if g.kind != "breaks"], ids=name_of)
def test_no_other_clause_is_broken_by_an_honest_golden_trace(golden: Golden) -> None:
    verdicts = {id: judge_clause(clause, golden.trace) for id, clause in CLAUSES.items()}
    assert {id: verdict.reason for id, verdict in verdicts.items() if verdict.outcome == "fail"} == {}


@pytest.mark.parametrize("golden", GOLDENS, ids=name_of)
def test_no_clause_crashes_on_a_golden_trace_of_another(golden: Golden) -> None:
    for clause in CLAUSES.values():
        clause(golden.trace)


@pytest.mark.parametrize("golden", GOLDENS, ids=name_of)
def test_no_clause_crashes_on_any_beginning_of_a_golden_trace(golden: Golden) -> None:
    whole = golden.trace
    for end in range(len(whole.events)):
        beginning = type(whole)(whole.events[:end], points=whole.points, settings=whole.settings)
        for clause in CLAUSES.values():
            clause(beginning)


def test_the_spec_has_the_clauses_that_are_written_down() -> None:
    assert list(CLAUSES) == IDS


def test_every_clause_has_exactly_three_golden_traces() -> None:
    assert [f.name for f in FILES] == [f"{id}.txt" for id in IDS]
    assert [(golden.clause, golden.kind) for golden in GOLDENS] == [(id, kind) for id in IDS for kind in KINDS]


def test_every_golden_trace_says_in_its_title_what_it_is_about() -> None:
    assert [name_of(golden) for golden in GOLDENS if not golden.title] == []


def test_the_head_of_each_file_is_the_sentence_of_its_clause() -> None:
    heads = {f.name: f.read_text().partition("\n")[0] for f in FILES}
    assert heads == {f"{clause.id}.txt": f"# {clause.id}: {clause.says}" for clause in CLAUSES.values()}


def test_every_sentence_of_the_spec_has_a_clause_and_every_clause_a_sentence() -> None:
    assert [sentence for sentence, ids in COVERAGE if not ids] == []
    assert sorted({id for _, ids in COVERAGE for id in ids}) == IDS


@pytest.mark.parametrize("section", ["Behavior", "Success Criteria"])
def test_the_sentences_of_a_section_are_numbered_without_a_gap(section: str) -> None:
    numbers = [sentence.split(":")[0] for sentence, _ in COVERAGE if sentence.startswith(section)]
    assert numbers == [f"{section} {number}" for number in range(1, {"Behavior": 4, "Success Criteria": 3}[section])]


def test_a_golden_file_with_an_unknown_section_is_refused() -> None:
    with pytest.raises(InputError, match=r"x\.txt:2:1: no kind of golden trace"):
        read_goldens("\n== obey\n", "T9-01", "x.txt")


def test_a_golden_file_with_text_before_its_first_section_is_refused() -> None:
    with pytest.raises(InputError, match=r"x\.txt:1:1: this stands in no section"):
        read_goldens("client  close(sock1) = 0\n== obeys\n", "T9-01", "x.txt")


def test_settings_and_points_of_a_section_reach_its_trace() -> None:
    [golden] = read_goldens("== obeys\nsettings mode=blocking\npoints syscall lab\n", "T9-01", "x.txt")
    assert golden.trace.blocking
    assert golden.trace.points == {"syscall", "lab"}
