from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from msgspec.structs import replace

import reports
from harness.events import Event
from reports import store
from reports.html import helpers
from reports.html.case_page import MOST_ROWS
from reports.html.pages import write_cases
from reports.html.rows import PORTION
from reports.html.site import site_of
from reports.html.templating import environment, write

from .conftest import hostile_run

VOID = {"meta", "link", "br", "col", "input", "img", "hr"}


class Page(HTMLParser):
    """Elements, ids and links of a page; insists that every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


def pages_of(run_dir: Path) -> dict[Path, str]:
    reports.write_html(run_dir)
    return {file: file.read_text(encoding="utf-8") for file in sorted(run_dir.rglob("*.html"))}


def failing_page(run_dir: Path) -> str:
    reports.write_html(run_dir)
    return (run_dir / "cases/refused-while-queued/ipv4-epoll/index.html").read_text(encoding="utf-8")


def test_the_report_has_an_index_the_spec_the_environment_and_a_page_for_each_case(run_dir: Path) -> None:
    assert reports.write_html(run_dir) == run_dir / "index.html"
    assert {str(file.relative_to(run_dir)) for file in pages_of(run_dir)} == {
        "index.html", "spec-toy9.html", "environment.html", "cases/refused/ipv4-epoll/index.html",
        "cases/refused-while-queued/ipv4-epoll/index.html", "cases/late-syn-ack/ipv6-poll/index.html",
    }  # fmt: skip


def test_every_link_leads_somewhere_and_every_id_is_unique(run_dir: Path) -> None:
    pages = {file.resolve(): Page(text) for file, text in pages_of(run_dir).items()}
    for file, page in pages.items():
        assert page.open == []
        assert len(page.ids) == len(set(page.ids)), file
        for link in page.values("href"):
            path, fragment = urldefrag(link)
            if path == "data:,":
                continue
            target = (file.parent / unquote(path)).resolve() if path else file
            assert target.is_file(), f"{file}: {link}"
            if fragment and not fragment.startswith("q="):
                assert unquote(fragment) in pages[target].ids, f"{file}: {link}"


def test_no_page_asks_for_anything_from_elsewhere(run_dir: Path) -> None:
    for text in pages_of(run_dir).values():
        bare = text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|url\(|src=|//[a-z0-9-]+\.", bare)
        assert "default-src 'none'" in text


def test_the_same_run_gives_the_same_bytes(run_dir: Path, tmp_path: Path) -> None:
    elsewhere = Path(shutil.copytree(run_dir, tmp_path / "elsewhere" / "copy"))
    first, again, other = pages_of(run_dir), pages_of(run_dir), pages_of(elsewhere)
    assert first == again
    assert list(first.values()) == list(other.values())


def test_every_event_is_drawn_and_logged_and_the_two_lead_to_each_other(run_dir: Path) -> None:
    page = Page(failing_page(run_dir))
    for number in range(37):
        assert {f"e{number}", f"t{number}", f"l{number}"} <= set(page.ids)
    assert page.values("href").count("#l24") == 2
    assert "#e24" in page.values("href")


def test_a_case_page_tells_the_sin_its_state_its_evidence_and_how_to_repeat_it(run_dir: Path) -> None:
    text = failing_page(run_dir)
    for part in (
        "Breaks T9-07: SO_ERROR was read 2 times. Also broken: T9-08, states.",
        "Until then the state was <b>connecting</b>",
        "The scenario expects connecting -&gt; error; what came is connecting -&gt; connected -&gt; error.",
        "scenarios/toy9/refused-while-queued.yaml:14",
        "Reading SO_ERROR clears it",
        "toylab run toy9 -k refused-while-queued::ipv4-epoll",
        "evidence of T9-07, T9-08",
        '<a href="trace.jsonl" download title',
        "error refused: connection refused",
    ):
        assert part in text


def test_a_verdict_is_never_told_by_colour_alone(run_dir: Path) -> None:
    reports.write_html(run_dir)
    index = Page((run_dir / "index.html").read_text(encoding="utf-8"))
    labels = [told["aria-label"] for _, told in index.elements if told.get("data-verdict")]
    assert labels == [
        "refused::ipv4-epoll: pass", "refused-while-queued::ipv4-epoll: fail, T9-07, T9-08, states",
        "late-syn-ack::ipv6-poll: pass",
    ]  # fmt: skip


def test_pages_have_landmarks_a_language_and_names_for_their_parts(run_dir: Path) -> None:
    for text in pages_of(run_dir).values():
        page = Page(text)
        tags = [tag for tag, _ in page.elements]
        assert tags.count("main") == tags.count("h1") == 1
        assert {"header", "nav", "footer"} <= set(tags)
        assert "en" in page.values("lang")
        for label in page.values("aria-labelledby"):
            assert label in page.ids
        for tag, attributes in page.elements:
            assert tag != "nav" or "aria-label" in attributes


def test_nothing_that_comes_from_outside_breaks_out(tmp_path: Path) -> None:
    for file, text in pages_of(hostile_run(tmp_path / "run")).items():
        page = Page(text)
        assert page.open == []
        scripts = [tag for tag, _ in page.elements if tag == "script"]
        assert len(scripts) == (file.name == "index.html")
        assert "img" not in [tag for tag, _ in page.elements]
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert "<script>window" not in text
        assert "{{7*7}}" in text
        assert "49&amp;" not in text
        assert not {"\x1b", "\x00"} & set(text)


def test_a_refusal_that_rests_on_many_events_shows_the_first_and_the_last(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[1]
    many = replace(result.clauses[1], evidence=tuple(range(30)))
    text = failing_page(make_run([(replace(result, clauses=(many,), expectations=()), events)]))
    shown = re.findall(r'<li><a class="ev" href="#e(\d+)"', text)
    assert list(map(int, shown)) == [*range(6), *range(24, 30)]
    assert "18 more between the first and the last" in text


def test_events_that_nothing_accounts_for_are_named_and_marked(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[1]
    text = failing_page(make_run([(replace(result, unclaimed=(3, 24)), events)]))
    assert "Nothing accounts for 2 events" in text
    marked = re.findall(r'<li id="l(\d+)" class="[^"]*unclaimed', text)
    assert marked == ["3"], "what broke a clause is marked as that"


def test_an_expectation_of_a_clause_says_nothing_that_the_clause_does_not_say_itself(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[1]
    failed = [replace(result.expectations[0], id=f"clauses.{id}") for id in ("T9-07", "T9-01")]
    text = failing_page(make_run([(replace(result, expectations=tuple(failed)), events)]))
    assert "Also broken: T9-08, clauses.T9-01." in text


def test_a_mutant_and_another_subject_are_run_again_as_they_were(run_dir: Path) -> None:
    stored = store.load_case(run_dir, store.load_run(run_dir).cases[0])
    command = "toylab run toy9 --subject 'curl -s {host}' -o x"
    assert store.again(stored, command) == "toylab run toy9 -k refused::ipv4-epoll --subject 'curl -s {host}'"
    assert store.again(stored, "pytest --toylab-subject ./x") == "toylab run toy9 -k refused::ipv4-epoll --subject ./x"
    assert store.again(stored, "toylab run toy9 --subject='unclosed") == "toylab run toy9 -k refused::ipv4-epoll"
    stored.case["subject"]["mutant"] = "reads-twice"
    stored.case["slow"] = True
    assert store.again(stored) == "toylab run toy9 -k refused::ipv4-epoll --mutant reads-twice --slow"


def test_several_processes_write_what_one_would(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "BYTES_A_PROCESS", 1)
    result, _ = cases[0]
    many = [(replace(result, id=f"s{n}::a", scenario=f"s{n}", directory=f"cases/s{n}/a"), ()) for n in range(302)]
    run_dir = make_run(many)
    pages = pages_of(run_dir)
    assert len(pages) == 302 + 3
    run = store.load_run(run_dir)
    write_cases(run_dir, site_of(run_dir, run), environment(), range(302))
    assert {file: file.read_text(encoding="utf-8") for file in pages} == pages


def test_several_processes_say_once_that_a_run_cannot_be_read(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(helpers, "BYTES_A_PROCESS", 1)
    (run_dir / "run.json").write_text("{" + " " * 100)
    with pytest.raises(store.NotARun, match="cannot be read"):
        reports.write_html(run_dir)
    assert capfd.readouterr() == ("", "")


def test_a_shorter_page_takes_the_place_of_a_longer_one(tmp_path: Path) -> None:
    write(tmp_path, "a long page")
    assert write(tmp_path, "short").read_text() == "short"


def test_a_run_of_several_subjects_has_a_column_for_each(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[0]
    other = replace(result, subject="toy9 --mutant other", directory="cases/other")
    reports.write_html(run_dir := make_run([(result, events), (other, events)]))
    text = (run_dir / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'scope="colgroup"[^>]*>([^<]*)<', text) == ["toy9", "toy9 --mutant other"]


def test_an_empty_run_is_a_page_too(make_run: Callable[..., Path]) -> None:
    assert "No case was run." in reports.write_html(make_run([])).read_text(encoding="utf-8")


def test_a_case_without_a_trace_says_so(run_dir: Path) -> None:
    (run_dir / "cases/refused-while-queued/ipv4-epoll/trace.jsonl").unlink()
    assert "No trace was recorded." in failing_page(run_dir)


def test_a_diagram_of_a_long_trace_shows_the_part_with_the_evidence(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[1]
    long = tuple(replace(events[n % 30], at_ns=events[0].at_ns + n * 1000) for n in range(10_000))
    judged = replace(result.clauses[1], evidence=(5000, 5001))
    page = Page(failing_page(make_run([(replace(result, clauses=(judged,)), long)])))
    assert "e5001" in page.ids
    assert "l9999" in page.ids
    assert sum(id.startswith("e") and id[1:].isdigit() for id in page.ids) == MOST_ROWS
    assert page.values("class").count("log full") == 10_000 // PORTION


def test_reading_a_run_does_not_import_jinja() -> None:
    modules = "reports, reports.text, reports.junit, reports.github, reports.json_out, harness.pcapng"
    code = f"import sys, {modules}; print('jinja2' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "False\n"


@pytest.mark.parametrize("name", ["js/index.js", "js/case.js"])
def test_a_script_holds_nothing_that_would_end_it(name: str) -> None:
    assert "</" not in (Path(reports.__file__).parent / "html" / "templates" / name).read_text()


def test_the_run_is_read_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(store.NotARun):
        reports.write_html(tmp_path)
    assert list(tmp_path.iterdir()) == []
