from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest

import reports
from harness.events import Callback, DnsQuery, Event, Fact, Packet, Peer, State
from reports import store
from reports.html.pages import MOST_ROWS

BREAK_OUT = "</script></style></title></text></svg>\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&"
SLOWEST_S = 4.0
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


def test_the_report_has_an_index_the_clauses_and_a_page_for_each_case(run_dir: Path) -> None:
    assert reports.write_html(run_dir) == run_dir / "index.html"
    assert {str(file.relative_to(run_dir)) for file in pages_of(run_dir)} == {
        "index.html", "clauses.html", "cases/refused/ipv4-epoll/index.html",
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
        '<a href="trace.jsonl" download>',
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


def test_nothing_that_comes_from_outside_breaks_out(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, _ = cases[1]
    nasty: list[Event] = [
        Callback(at_ns=1, who="client", name=BREAK_OUT, args=BREAK_OUT),
        State(at_ns=2, who="client", old=BREAK_OUT, new=BREAK_OUT),
        Fact(at_ns=3, who=BREAK_OUT, name="x", text=BREAK_OUT, source=BREAK_OUT),
        Packet(at_ns=4, src=BREAK_OUT, dst="client", data=BREAK_OUT, size=9, info=BREAK_OUT, tags=(BREAK_OUT,)),
        Peer(at_ns=5, who=BREAK_OUT, action=BREAK_OUT, detail=BREAK_OUT),
        DnsQuery(at_ns=6, who="dns", name=BREAK_OUT),
    ]
    said = dict.fromkeys(("says", "reason", "why", "source", "force"), BREAK_OUT)
    judged = tuple(replace(one, id=one.id + BREAK_OUT, **said) for one in (*result.clauses, *result.expectations))
    fields = ("id", "scenario", "why", "reason", "file", "subject", "exit", "error", "canonical")
    texts = dict.fromkeys(fields, BREAK_OUT)
    lists = dict.fromkeys(("states", "branches", "points", "cut"), (BREAK_OUT,))
    judgements = {"clauses": judged, "expectations": judged[:1]}
    hostile = replace(result, axes={BREAK_OUT: BREAK_OUT}, phases_ms={BREAK_OUT: 1.0}, **texts, **lists, **judgements)
    names = dict.fromkeys(("spec", "subject", "command", "version", "started"), BREAK_OUT)
    environment = {BREAK_OUT: BREAK_OUT, "tools": {BREAK_OUT: BREAK_OUT}}
    run_dir = make_run([(hostile, tuple(nasty))], environment=environment, **names)
    where = run_dir / hostile.directory
    (where / "stdout.txt").write_text(BREAK_OUT + "\x1b[2J\x00")
    (where / "stderr.txt").write_bytes(b"\xff" + BREAK_OUT.encode())
    for file, text in pages_of(run_dir).items():
        page = Page(text)
        assert page.open == []
        scripts = [tag for tag, _ in page.elements if tag == "script"]
        assert len(scripts) == (file.name == "index.html")
        assert "img" not in [tag for tag, _ in page.elements]
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert "<script>alert" not in text
        assert "{{7*7}}" in text
        assert "49&amp;" not in text
        assert not {"\x1b", "\x00"} & set(text)


def test_a_run_of_several_subjects_has_a_row_for_each(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    result, events = cases[0]
    other = replace(result, subject="toy9 --mutant other", directory="cases/other")
    reports.write_html(run_dir := make_run([(result, events), (other, events)]))
    assert "refused <small>toy9 --mutant other</small>" in (run_dir / "index.html").read_text(encoding="utf-8")


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


def test_a_hundred_and_fifty_cases_are_written_in_a_blink(
    make_run: Callable[..., Path], cases: list[tuple[Any, tuple[Event, ...]]]
) -> None:
    """About a second on an idle machine; the bound only catches what became slower by a factor."""
    result, events = cases[2]
    places = [(f"s{n // 8}", str(n % 8)) for n in range(150)]
    many = [(replace(result, id=f"{a}::{b}", scenario=a, directory=f"cases/{a}/{b}"), events) for a, b in places]
    run_dir = make_run(many)
    begun = time.process_time()
    reports.write_html(run_dir)
    assert time.process_time() - begun < SLOWEST_S


def test_reading_a_run_does_not_import_jinja() -> None:
    modules = "reports, reports.text, reports.junit, reports.github, reports.json_out, harness.pcapng"
    code = f"import sys, {modules}; print('jinja2' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "False\n"


@pytest.mark.parametrize("name", ["index.js", "case.js"])
def test_a_script_holds_nothing_that_would_end_it(name: str) -> None:
    assert "</" not in (Path(reports.__file__).parent / "html" / "templates" / name).read_text()


def test_the_run_is_read_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(store.NotARun):
        reports.write_html(tmp_path)
    assert list(tmp_path.iterdir()) == []
