"""The pages about the whole run: specs, kill matrix, environment; and a matrix for each spec of the index."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import reports
from harness.events import Event
from harness.golden import read_goldens
from harness.spec import clauses_of, coverage_of
from reports.html.goldens import goldens_of

from .conftest import SAYS, judged, three_cases

Cases = list[tuple[Any, tuple[Event, ...]]]


def written(run_dir: Path, name: str) -> str:
    reports.write_html(run_dir)
    return (run_dir / name).read_text(encoding="utf-8")


def test_a_spec_page_has_every_clause_with_its_goldens_and_what_the_run_showed(run_dir: Path) -> None:
    text = written(run_dir, "spec-toy9.html")
    known = clauses_of("toy9")
    assert set(re.findall(r'<article class="clause" id="([^"]+)"', text)) == {one.id for one in known}
    assert text.count('<details class="goldens">') == len(known)
    article = text.partition('id="T9-07" aria-labelledby')[2].partition("</article>")[0]
    assert "1 <span>fail</span>" in article
    assert "cases/refused-while-queued/ipv4-epoll/index.html" in article
    assert [kind for kind in ("<h4>obeys", "<h4>breaks", "<h4>not applicable") if kind in article] == [
        "<h4>obeys", "<h4>breaks", "<h4>not applicable",
    ]  # fmt: skip


def test_golden_traces_are_shown_as_the_judge_reads_them_with_their_settings() -> None:
    for clause in clauses_of("toy9"):
        file = files("harness") / "goldens" / "toy9" / f"{clause.id}.txt"
        read = read_goldens(file.read_text(encoding="utf-8"), clause.id, file.name)
        shown = goldens_of("toy9", clause.id)
        assert [(one.kind, one.title) for one in shown] == [(one.kind, one.title) for one in read]
        for one, known in zip(shown, read, strict=True):
            assert set(known.text.split("\n")) - {""} <= set(one.text.split("\n"))
    assert goldens_of("toy9", "T9-00") == goldens_of("../toy9", "T9-07") == goldens_of("toy9", "../x") == ()


def test_a_spec_page_says_which_clauses_judge_which_sentence(run_dir: Path) -> None:
    text = written(run_dir, "spec-toy9.html")
    sentence, ids = coverage_of("toy9")[0]
    row = text.partition(f"<tr><td>{sentence}</td>")[2].partition("</tr>")[0]
    assert re.findall(r'href="#([^"]+)"', row) == list(ids)


def test_a_clause_that_no_case_could_break_is_named_as_never_exercised(run_dir: Path) -> None:
    idle = written(run_dir, "spec-toy9.html").partition('id="idle"')[2].partition("</section>")[0]
    assert "T9-24" in idle
    assert "T9-07" not in idle
    assert '<span class="id">branch</span> reset-first' in idle


def test_every_spec_of_a_run_has_a_page_and_a_matrix_of_its_own(make_run: Callable[..., Path], cases: Cases) -> None:
    """Also one that this toylab does not know, from whose name no file outside of the run is made."""
    result = replace(cases[0][0], clauses=(judged("X-01", "pass", 5),))
    mixed = [
        (replace(result, spec=spec, id=f"s{n}::a", scenario=f"s{n}", directory=f"cases/s{n}/a"), cases[0][1])
        for n, spec in enumerate(("toy9", "../elsewhere", "a/b c"))
    ]
    run_dir = make_run(mixed)
    index = written(run_dir, "index.html")
    assert sorted(file.name for file in run_dir.glob("spec-*.html")) == [
        "spec-abc-2.html", "spec-elsewhere-1.html", "spec-toy9.html",
    ]  # fmt: skip
    assert index.count('<table class="matrix"') == 3
    assert 'href="../../../spec-elsewhere-1.html#X-01"' in (run_dir / "cases/s1/a/index.html").read_text(
        encoding="utf-8"
    )


def test_the_kill_matrix_has_a_row_for_each_mutant_and_names_who_survived(run_dir: Path) -> None:
    kills = {"reads-twice": ["T9-07", "T9-08"], "tells-twice": ["T9-17"], "gets-away": []}
    (run_dir / "kill-matrix.json").write_text(json.dumps(kills))
    text = written(run_dir, "kills.html")
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', text)
    found = {name: row.count("convicted") for name, row in rows}
    assert found == {"gets-away": 0, "reads-twice": 2, "tells-twice": 1}
    assert "Not convicted: gets-away." in text
    article = written(run_dir, "spec-toy9.html").partition('id="T9-07" aria-labelledby')[2].partition("</article>")[0]
    assert "Convicts 1 mutant:" in article
    assert '<span class="id">reads-twice</span>' in article


@pytest.mark.parametrize("folder", ["", "mutants/"])
def test_a_mutant_is_shown_with_its_sin_and_the_case_that_convicts_it(run_dir: Path, folder: str) -> None:
    """Whether its cases are this run's, or those of the run of the mutants below it."""
    told = {"sin": "Reads SO_ERROR twice.", "clauses": {"T9-07": "cases/x/ipv4", "T9-08": "../../etc"}}
    page = f"{folder}cases/x/ipv4/index.html"
    for file in (run_dir / f"{folder}kill-matrix.json", (run_dir / page).with_name("case.json")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"reads-twice": told}))
    row = written(run_dir, "kills.html").partition("<tbody>")[2].partition("</tr>")[0]
    assert f'<a href="{page}">reads-twice</a></th><td>Reads SO_ERROR twice.</td>' in row
    assert 'href="spec-toy9.html#T9-07"' in row
    assert SAYS["T9-07"] in row
    assert "etc" not in row
    assert f'<a class="id" href="{page}">reads-twice</a>' in written(run_dir, "spec-toy9.html")


def test_a_clause_of_a_spec_that_has_no_mutants_here_is_not_blamed_for_convicting_nobody(
    make_run: Callable[..., Path], cases: Cases
) -> None:
    other = replace(cases[0][0], spec="x", clauses=(judged("X-01", "pass", 5),), directory="cases/x/a")
    run_dir = make_run([cases[1], (other, cases[0][1])])
    (run_dir / "kill-matrix.json").write_text('{"reads-twice": ["T9-07"]}')
    idle = written(run_dir, "kills.html").partition('id="idle"')[2]
    assert "T9-08" in idle
    assert "X-01" not in idle


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', ""])
def test_a_kill_matrix_that_is_none_makes_no_page(run_dir: Path, text: str) -> None:
    (run_dir / "kill-matrix.json").write_text(text)
    written(run_dir, "index.html")
    assert not (run_dir / "kills.html").exists()


@pytest.mark.parametrize("told", ['{"clauses": 5}', "{}", "[7]", '{"clauses": [["a"]], "sin": null}'])
def test_a_mutant_of_which_little_is_understood_is_shown_as_far_as_it_is(run_dir: Path, told: str) -> None:
    (run_dir / "kill-matrix.json").write_text(f'{{"odd": {told}}}')
    assert '<th scope="row">odd</th>' in written(run_dir, "kills.html")


def test_the_environment_page_tells_machine_points_and_where_the_time_went(run_dir: Path) -> None:
    text = written(run_dir, "environment.html")
    told = ("6.18.44", "strace 6.1, tshark 4.0.17", "watched in 3 of 3 cases", "<dt>build</dt>")
    for part in (*told, "No recording was cut."):
        assert part in text


def test_a_recording_that_was_cut_and_calls_that_were_self_reported_are_named(make_run: Callable[..., Path]) -> None:
    result, events = three_cases()[0]
    run_dir = make_run([(replace(result, cut=("syscall",), self_reported=True), events)])
    text = written(run_dir, "environment.html")
    assert "A recording is incomplete in 1." in text
    assert "In 1 cases the system calls were told by the subject" in text
