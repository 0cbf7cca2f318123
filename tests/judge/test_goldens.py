"""Every clause has three golden traces, and they are what it is tested by."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from harness.checker import judge_clause
from harness.errors import InputError
from harness.golden import KINDS, OUTCOME, Golden, read_goldens
from harness.spec import SPECS, clauses_of, coverage_of

CLAUSES = {spec: {clause.id: clause for clause in clauses_of(spec)} for spec in SPECS}
SERIES = {"chat": "CH", "httpd": "HT", "kernel": "K", "net_conn": "NC", "readiness": "RD", "toy9": "T9"}


def files_of(spec: str) -> list[Any]:
    found = (file for file in (files("harness") / "goldens" / spec).iterdir() if file.name.endswith(".txt"))
    return sorted(found, key=lambda file: file.name)


def goldens_of(spec: str) -> list[Golden]:
    return [golden for f in files_of(spec) for golden in read_goldens(f.read_text(), f.name[:-4], f.name)]


GOLDENS = [(spec, golden) for spec in SPECS for golden in goldens_of(spec)]


def name_of(golden: Golden | str) -> str:
    return f"{golden.clause}-{golden.kind.replace(' ', '-')}" if isinstance(golden, Golden) else golden


def every(*left_out: str) -> Any:
    kept = [(spec, golden) for spec, golden in GOLDENS if golden.kind not in left_out]
    return pytest.mark.parametrize(("spec", "golden"), kept, ids=name_of)


each_spec = pytest.mark.parametrize("spec", SPECS)


@every()
def test_a_clause_says_of_its_golden_trace_what_it_is(spec: str, golden: Golden) -> None:
    verdict = judge_clause(CLAUSES[spec][golden.clause], golden.trace)
    assert verdict.outcome == OUTCOME[golden.kind], verdict.reason


@every("breaks")
def test_no_other_clause_is_broken_by_an_honest_golden_trace(spec: str, golden: Golden) -> None:
    verdicts = {id: judge_clause(clause, golden.trace) for id, clause in CLAUSES[spec].items()}
    assert {id: verdict.reason for id, verdict in verdicts.items() if verdict.outcome == "fail"} == {}


@every()
def test_no_clause_crashes_on_a_golden_trace_of_another(spec: str, golden: Golden) -> None:
    for clause in CLAUSES[spec].values():
        clause(golden.trace)


@every()
def test_no_clause_crashes_on_any_beginning_of_a_golden_trace(spec: str, golden: Golden) -> None:
    whole = golden.trace
    for end in range(len(whole.events)):
        beginning = type(whole)(whole.events[:end], points=whole.points, settings=whole.settings)
        for clause in CLAUSES[spec].values():
            clause(beginning)


@each_spec
def test_the_clauses_of_a_spec_are_numbered_without_a_gap(spec: str) -> None:
    assert list(CLAUSES[spec]) == [f"{SERIES[spec]}-{number:02d}" for number in range(1, len(CLAUSES[spec]) + 1)]


@each_spec
def test_every_clause_has_exactly_three_golden_traces(spec: str) -> None:
    assert [f.name for f in files_of(spec)] == [f"{id}.txt" for id in CLAUSES[spec]]
    expected = [(id, kind) for id in CLAUSES[spec] for kind in KINDS]
    assert [(golden.clause, golden.kind) for golden in goldens_of(spec)] == expected


def test_every_golden_trace_says_in_its_title_what_it_is_about() -> None:
    assert [name_of(golden) for _, golden in GOLDENS if not golden.title] == []


@each_spec
def test_the_head_of_each_file_is_the_sentence_of_its_clause(spec: str) -> None:
    heads = {f.name: f.read_text().partition("\n")[0] for f in files_of(spec)}
    assert heads == {f"{clause.id}.txt": f"# {clause.id}: {clause.says}" for clause in CLAUSES[spec].values()}


@each_spec
def test_every_sentence_of_a_spec_has_a_clause_and_every_clause_a_sentence(spec: str) -> None:
    assert [sentence for sentence, ids in coverage_of(spec) if not ids] == []
    assert sorted({id for _, ids in coverage_of(spec) for id in ids}) == list(CLAUSES[spec])


@pytest.mark.parametrize("section", ["Behavior", "Success Criteria"])
def test_the_sentences_of_a_section_are_numbered_without_a_gap(section: str) -> None:
    numbers = [sentence.split(":")[0] for sentence, _ in coverage_of("toy9") if sentence.startswith(section)]
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
