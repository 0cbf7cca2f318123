"""The pages in a real browser, where one is installed: filters, selection, keyboard, no complaint, no request.

Pictures go to the directory that TOYLAB_PICTURES names, if it is set, for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import reports
from harness.events import Event

from .browser import PROGRAM, Browser, browser
from .conftest import BREAK_OUT, hostile_run, judged, three_cases, write_recordings, write_run

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no browser is installed"),
    pytest.mark.skipif(find_library("atomic") is None, reason="libatomic1, for Playwright, is not installed"),
]

FAILING = "cases/refused-while-queued/ipv4-epoll/index.html"
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
UNFOLD = "document.querySelectorAll('details').forEach(e => { e.open = true })"
PAGES = ("index.html", "spec-toy9.html", "kills.html", "environment.html", "compare.html", FAILING)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything that pages can show, and another one to compare it with."""
    place = tmp_path_factory.mktemp("report")
    cases = three_cases()
    run_dir, before = write_run(place / "run", cases), write_run(place / "before", [cases[0], cases[2]])
    for result, events in cases:
        write_recordings(run_dir / result.directory, events)
    (run_dir / "kill-matrix.json").write_text('{"reads-twice": ["T9-07"], "lies": ["T9-08"]}')
    for one in (before, run_dir):
        reports.write_html(one)
    reports.write_comparison(run_dir, before)
    return run_dir


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def tab(running: Browser) -> Iterator[Browser]:
    """A page may neither complain on its console nor ask for anything."""
    running.said.clear()
    running.asked.clear()
    yield running
    assert (running.said, running.asked) == ([], [])


def texts(tab: Browser, selector: str) -> list[str]:
    """The visible texts of all elements that the selector finds."""
    all_of = f"Array.from(document.querySelectorAll({selector!r}))"
    found: list[str] = tab.js(f"{all_of}.filter(e => e.getClientRects().length).map(e => e.textContent.trim())")
    return found


def keep(tab: Browser, name: str, whole: bool = True) -> None:
    if folder := os.environ.get("TOYLAB_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        tab.picture(Path(folder) / f"{name}.png", whole)


def test_the_index_filters_by_clause_and_verdict_from_its_address(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html", "#q=t9-07&v=fail")
    assert texts(tab, "tr.row th") == ["refused-while-queued"]
    assert texts(tab, "#shown") == ["1 of 3 cases"]


def test_a_clause_that_is_chosen_shows_what_it_says_of_each_case(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html", "#c=T9-07")
    assert texts(tab, "#says") == ["T9-07: SO_ERROR is read exactly once after the first readiness."]
    assert tab.js("Array.from(document.querySelectorAll('a.cell .mark'), e => e.textContent)") == ["", "✗", ""]
    tab.js("document.getElementById('c').value = ''")
    tab.js("document.getElementById('c').dispatchEvent(new Event('input', {bubbles: true}))")
    assert texts(tab, "a.cell .mark") == ["✓", "✗", "✓"]


def test_a_clause_of_one_spec_leaves_the_cases_of_the_others_out(tab: Browser, tmp_path: Path) -> None:
    (result, events), other = three_cases()[0], three_cases()[2]
    foreign = replace(result, spec="chat", clauses=(judged("CH-05", "pass", 5),))
    run_dir = write_run(tmp_path / "run", [(foreign, events), other])
    tab.open(reports.write_html(run_dir))
    assert texts(tab, "h3.of-spec") == ["chat", "toy9"]
    tab.open(run_dir / "index.html", "#c=CH-05")
    assert texts(tab, "h3.of-spec") == ["chat"]
    assert texts(tab, "#shown") == ["1 of 2 cases"]


def test_what_is_typed_filters_and_stays_in_the_address(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html")
    tab.press("/", *"late")
    assert texts(tab, "tr.row th") == ["late-syn-ack"]
    assert tab.js("location.hash") == "#q=late"


def test_verdicts_are_chosen_by_a_click_and_stay_in_the_address(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html")
    tab.click("label.chip.fail")
    assert texts(tab, "tr.row th") == ["refused-while-queued"]
    assert tab.js("location.hash") == "#v=fail"


def test_a_situation_leaves_only_its_scenarios(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html", "#s=late")
    assert texts(tab, "tr.situation") == ["late"]
    assert texts(tab, "tr.row th") == ["late-syn-ack"]


def test_the_arrow_keys_go_from_cell_to_cell_and_enter_opens_the_case(tab: Browser, report: Path) -> None:
    tab.open(report / "index.html")
    tab.js("document.querySelector('a.cell').focus()")
    tab.press("ArrowDown", "Enter")
    tab.find("h1#case")
    assert texts(tab, "h1")[0].startswith("refused-while-queued")


def test_an_event_in_the_address_is_selected_in_diagram_timeline_and_log(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING, "#e24")
    assert tab.js("Array.from(document.querySelectorAll('.selected'), e => e.id).sort()") == ["e24", "l24", "t24"]
    assert "getsockopt(sock1, SO_ERROR) = 0" in texts(tab, "#drawer")[0]


def test_a_click_on_an_event_shows_its_clauses_and_where_it_was_recorded(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    tab.click("#e23 .hit")
    assert texts(tab, "#drawer li")[0] == "✗T9-07 failSO_ERROR is read exactly once after the first readiness."
    assert texts(tab, "#drawer pre") == ["4711 getsockopt(sock1, SO_ERROR) = ECONNREFUSED <0.000012>"]
    assert tab.js("Array.from(document.querySelectorAll('tr.rests'), e => e.id)") == ["c-T9-07", "c-T9-08"]
    keep(tab, "case-event-1280", whole=False)


def test_a_packet_is_shown_taken_apart(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    tab.click("#e18 .hit")
    [shown] = texts(tab, "#drawer pre")
    assert "TCP       40000 > 9, SYN" in shown
    assert "0000  02 00 00" in shown


def test_events_are_chosen_with_the_keyboard_alone(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    tab.js("document.querySelector('svg.sequence .event').focus()")
    tab.press("Enter", "ArrowDown", "ArrowDown")
    assert tab.js("[location.hash, document.activeElement.id]") == ["#e2", "e2"]
    tab.press("Escape")
    assert texts(tab, "#drawer") == []
    assert tab.js("location.hash") == ""


def test_a_clause_leads_to_its_evidence_and_to_its_page(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    tab.click("#c-T9-07 a.ev")
    assert tab.js("location.hash") == "#e22"
    tab.press("Escape")
    tab.click("#c-T9-07 a.id")
    tab.find("article#T9-07:target")
    assert texts(tab, "h1") == ["The toy9 spec"]


def test_the_command_is_copied_or_chosen_where_the_clipboard_is_refused(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    tab.js("void (navigator.clipboard.writeText = async text => { window.kept = text })")
    tab.click("#copy")
    assert tab.js("window.kept") == "toylab run toy9 -k refused-while-queued::ipv4-epoll"
    assert texts(tab, "#copy") == ["Copied"]
    tab.js("void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))")
    tab.click("#copy")
    assert tab.js("String(getSelection())") == "toylab run toy9 -k refused-while-queued::ipv4-epoll"
    assert texts(tab, "#copy") == ["Selected"]


def test_the_diagram_can_be_true_to_time(tab: Browser, report: Path) -> None:
    tab.open(report / FAILING)
    shown = "Array.from(document.querySelectorAll('.view'), e => e.getClientRects().length > 0)"
    assert tab.js(shown) == [True, False]
    tab.click("label[for=truly]")
    assert tab.js(shown) == [False, True]


def test_the_comparison_names_what_changed_and_leads_to_both(tab: Browser, report: Path) -> None:
    tab.open(report / "compare.html")
    assert texts(tab, "section ul.plain li") == ["✗ refused-while-queued::ipv4-epoll"]
    tab.open(report / "index.html")


def test_without_scripts_everything_can_still_be_read(tab: Browser, report: Path) -> None:
    tab.scripts(on=False)
    try:
        tab.open(report / FAILING)
        assert len(texts(tab, "svg.sequence .event .time")) == 37
        assert len(texts(tab, ".log.full li")) == 37
        tab.click("label[for=truly]")
        assert texts(tab, "svg.timeline .head")[0] == "Subject"
        tab.open(report / "index.html")
        assert len(texts(tab, "a.cell")) == 3
    finally:
        tab.scripts(on=True)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_every_drawing_and_every_word_stands_out_from_its_ground(
    tab: Browser, report: Path, page: str, dark: bool
) -> None:
    """What axe-core leaves undecided."""
    tab.open(report / page, dark=dark)
    tab.js(UNFOLD)
    assert tab.js(CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_that_a_screen_reader_or_a_keyboard_would_stumble_on(
    tab: Browser, report: Path, page: str, width: int
) -> None:
    tab.open(report / page, width=width)
    tab.js(UNFOLD)
    assert tab.violations() == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_its_window(tab: Browser, report: Path, page: str, width: int) -> None:
    tab.open(report / page, width=width)
    keep(tab, f"{'case' if page == FAILING else page.removesuffix('.html')}-{width}")
    assert tab.js("document.documentElement.scrollWidth") == width


def test_nothing_from_outside_runs_as_a_script(tab: Browser, tmp_path: Path) -> None:
    run_dir = hostile_run(tmp_path / "hostile")
    reports.write_html(run_dir)
    for page in sorted(run_dir.rglob("*.html")):
        tab.open(page)
        assert tab.js("window.brokenOut") is None
        assert "window.brokenOut" in tab.js("document.documentElement.textContent")
        assert BREAK_OUT[:9] == "</script>"


def test_an_index_of_a_thousand_cases_opens_at_once(tab: Browser, tmp_path: Path) -> None:
    """Under half a second on an idle machine; the bound only catches what became slower by a factor."""
    result, _ = three_cases()[2]
    run_dir = write_run(tmp_path / "many", [_copy(result, n) for n in range(1000)])
    tab.open(_index(run_dir))
    assert tab.js("performance.getEntriesByType('navigation')[0].loadEventEnd") < 3000
    assert texts(tab, "#shown") == ["1000 cases"]


def _copy(result: Any, number: int) -> tuple[Any, tuple[Event, ...]]:
    scenario, axes = f"scenario-{number // 8}", {"family": "ipv4", "poller": f"poller{number % 8}"}
    place = {"id": f"{scenario}::{axes['poller']}", "directory": f"cases/{scenario}/{axes['poller']}"}
    return replace(result, scenario=scenario, axes=axes, **place), ()


def _index(run_dir: Path) -> Path:
    from reports import store
    from reports.html.index_page import index_page
    from reports.html.site import site_of
    from reports.html.templating import environment, write

    values = index_page(run_dir, site_of(run_dir, store.load_run(run_dir)))
    return write(run_dir, environment().get_template("index.html.j2").render(values))
