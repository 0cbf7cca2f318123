from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from reports import asked, store


def test_a_run_comes_back_with_its_cases_and_events(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    assert [case.id for case in run.cases] == [
        "refused::ipv4-epoll", "refused-while-queued::ipv4-epoll", "late-syn-ack::ipv6-poll",
    ]  # fmt: skip
    stored = store.load_case(run_dir, run.cases[0])
    assert len(stored.events) == 32
    assert stored.subject_host == "client"
    assert stored.tags == ("refused",)
    assert list(stored.downloads) == ["trace.jsonl", "stdout.txt", "case.json"]


def test_a_run_that_never_finished_is_named(tmp_path: Path) -> None:
    with pytest.raises(store.NotARun, match="never finished"):
        store.load_run(tmp_path)


def test_a_run_of_another_schema_is_refused(run_dir: Path) -> None:
    data = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps({**data, "schema_version": 99}))
    with pytest.raises(store.NotARun, match="schema 99"):
        store.load_run(run_dir)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 1}', '{"schema_version": 1, "cases": [{}]}'])
def test_a_run_that_is_not_understood_is_named_and_does_not_crash(run_dir: Path, text: str) -> None:
    (run_dir / "run.json").write_text(text)
    with pytest.raises(store.NotARun, match="cannot be read"):
        store.load_run(run_dir)


@pytest.mark.parametrize("directory", ["../outside", "/etc", "cases/../../x"])
def test_a_case_cannot_lead_outside_of_its_run(run_dir: Path, directory: str) -> None:
    case = replace(store.load_run(run_dir).cases[0], directory=directory)
    with pytest.raises(store.NotARun, match="outside"):
        store.load_case(run_dir, case)


def test_a_broken_trace_is_named(run_dir: Path) -> None:
    case = store.load_run(run_dir).cases[0]
    (run_dir / case.directory / "trace.jsonl").write_text('{"kind":"Nonsense"}\n')
    with pytest.raises(store.NotARun, match=r"trace\.jsonl cannot be read"):
        store.load_case(run_dir, case)


def test_a_case_without_recordings_is_empty(run_dir: Path) -> None:
    stored = store.load_case(run_dir, replace(store.load_run(run_dir).cases[0], directory="cases/gone"))
    assert (stored.events, stored.stdout, stored.case, stored.downloads) == ((), "", {}, {})


def test_what_programs_beside_the_subject_said_is_found_by_their_host(run_dir: Path) -> None:
    case = store.load_run(run_dir).cases[0]
    for name in ("server.stdout.txt", "server.2.stderr.txt", "server.journal.jsonl", "notes.txt", "index.html"):
        (run_dir / case.directory / name).write_text(f"{name} says")
    stored = store.load_case(run_dir, case)
    assert {name: says for name, says in stored.downloads.items() if "server" in says} == {
        "server.2.stderr.txt": "what the program on server complained about",
        "server.journal.jsonl": "what the program on server said of itself",
        "server.stdout.txt": "what the program on server printed",
    }
    assert stored.others == {name: f"{name} says" for name in ("server.2.stderr.txt", "server.stdout.txt")}
    assert "notes.txt" not in stored.downloads


def test_expectations_are_set_against_what_came(run_dir: Path) -> None:
    stored = store.load_case(run_dir, store.load_run(run_dir).cases[1])
    [states] = asked.asked(stored)
    assert (states.expected, states.actual, states.line) == (
        "connecting -> error", "connecting -> connected -> error", 14,
    )  # fmt: skip


def test_an_expectation_of_a_clause_or_a_time_is_told_in_words(run_dir: Path) -> None:
    stored = store.load_case(run_dir, store.load_run(run_dir).cases[1])
    stored.case["expect"].update({"within_ms": 200, "clauses": {"T9-07": "pass"}, "lines": {"clauses": 20}})
    clause = replace(stored.result.expectations[0], id="clauses.T9-07")
    within = replace(clause, id="within", reason="it took 900 ms, allowed are 200 ms")
    assert (asked.of(clause, stored).expected, asked.of(clause, stored).actual) == ("pass", "fail")
    assert asked.of(clause, stored).line == 20
    assert asked.of(within, stored).expected == "200 ms"
