"""JUnit, JSON and GitHub: the forms that other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as xml

import jsonschema
from msgspec.structs import replace

import reports
from reports import github, json_out, junit, store


def test_junit_counts_cases_and_carries_clauses_as_properties(run_dir: Path, tmp_path: Path) -> None:
    root = xml.parse(reports.write_junit(run_dir, tmp_path / "junit.xml")).getroot()
    suite = root[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "1", "0", "0"]
    case = suite.findall("testcase")[1]
    assert (case.get("classname"), case.get("name")) == ("toy9.refused-while-queued", "ipv4-epoll")
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert properties["T9-07"] == "fail: SO_ERROR was read 2 times"
    assert properties["expect.states"] == "fail"
    assert properties["file"] == "scenarios/toy9/refused-while-queued.yaml:2"


def test_junit_tells_in_a_failure_what_the_terminal_tells(run_dir: Path, tmp_path: Path) -> None:
    root = xml.parse(reports.write_junit(run_dir, tmp_path / "junit.xml")).getroot()
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "T9-07,T9-08,states"
    assert "last good  state connecting" in (failure.text or "")


def test_junit_is_valid_xml_whatever_a_subject_says(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    nasty = replace(run.cases[1], reason="\x00\x1b]]></failure><x> \ufffe \ud800")
    root = xml.fromstring(junit.render(replace(run, cases=(nasty,), subject="\x01<&>")))
    failure = root.find(".//failure")
    assert failure is not None
    assert "\\x00\\x1b]]></failure><x>" in (failure.get("message") or "")


def test_an_inconclusive_case_is_an_error_and_one_that_does_not_apply_is_skipped(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    open_case = replace(run.cases[0], verdict="inconclusive", reason="the recording was cut")
    idle = replace(run.cases[2], verdict="not_applicable")
    root = xml.fromstring(junit.render(replace(run, cases=(open_case, idle))))
    assert [child.tag for case in root.iter("testcase") for child in case] == [
        "properties", "error", "properties", "skipped",
    ]  # fmt: skip


def test_json_has_what_the_run_has_and_the_counts(run_dir: Path) -> None:
    data = json.loads(json_out.render(store.load_run(run_dir)))
    assert data["schema_version"] == 1
    assert data["counts"] == {"pass": 2, "fail": 1, "inconclusive": 0, "not_applicable": 0}
    assert data["clauses"]["T9-07"]["counts"]["fail"] == 1
    assert data["cases"][1]["clauses"][1]["evidence"] == [22, 23, 24]


def test_the_json_schema_names_every_field_that_is_printed(run_dir: Path) -> None:
    schema = json_out.schema()
    data = json_out.as_dict(store.load_run(run_dir))
    assert set(data) == set(schema["properties"])
    assert set(schema["required"]) <= set(data)
    case = schema["properties"]["cases"]["items"]
    assert set(data["cases"][0]) == set(case["properties"])
    assert case["properties"]["verdict"] == {"enum": ["not_applicable", "pass", "inconclusive", "fail"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json_out.render(store.load_run(run_dir))), schema)


def test_an_annotation_points_at_the_yaml_line(run_dir: Path) -> None:
    [line] = github.annotations(store.load_run(run_dir)).splitlines()
    assert line.startswith("::error file=scenarios/toy9/refused-while-queued.yaml,line=2,title=refused-while-queued%3A")
    assert "::T9-07: SO_ERROR was read 2 times (SO_ERROR is read exactly once" in line
    assert "%0AT9-08: " in line


def test_an_annotation_cannot_be_broken_out_of(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    judged = replace(run.cases[1].clauses[1], reason="x\n::set-env name=A::b\r\n%0A::error::")
    nasty = replace(run.cases[1], clauses=(judged,), expectations=(), file="a,line=9::b:c.yaml")
    told = github.annotations(replace(run, cases=(nasty,)))
    assert told.count("\n") == 1
    assert "%0A::set-env" in told
    assert "%250A" in told
    assert told.startswith("::error file=a%2Cline=9%3A%3Ab%3Ac.yaml,line=2,")


def test_the_job_summary_names_clause_case_and_file(run_dir: Path) -> None:
    told = github.summary(store.load_run(run_dir))
    assert "| T9-07 | 1 | SO\\_ERROR is read exactly once after the first readiness. |" in told
    assert "scenarios/toy9/refused-while-queued.yaml:2 |" in told
    assert "Never applicable in this run: T9-24." in told


def test_the_job_summary_is_text_and_stays_below_a_mebibyte(run_dir: Path, make_run: Callable[..., Path]) -> None:
    run = store.load_run(run_dir)
    judged = replace(run.cases[1].clauses[1], reason="<script>|`*" * 400)
    nasty = replace(run.cases[1], clauses=(judged,), expectations=())
    told = github.summary(replace(run, cases=(nasty,) * 400))
    assert len(told.encode()) < 1024 * 1024
    assert "more lines did not fit" in told
    assert "<script>" not in told
    assert "\\|\\`\\*" in told
