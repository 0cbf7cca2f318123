"""Gathers what the page of one case shows."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import Any

from markupsafe import Markup

from harness import notation
from harness.events import Event, State
from harness.plain import one_line
from harness.result import CaseResult, Judgement
from harness.spec import SPECS
from reports import evidence, sources, store, tally
from reports.asked import asked, of
from reports.drawing.lanes import place
from reports.drawing.machine import machine, transitions
from reports.drawing.scene import scene
from reports.drawing.sequence import sequence
from reports.drawing.timeline import timeline
from reports.html import rows
from reports.html.rows import Line
from reports.html.site import Site
from reports.store import Stored

MOST_ROWS = 2_000
"""A diagram of more events shows a window around the evidence, and only these have their recordings in the page; the
log always shows all."""
MOST_EVIDENCE = 6
"""How many events a refusal shows of the first and of the last that it rests on."""


def case_page(site: Site, stored: Stored) -> dict[str, Any]:
    """The values of case.html.j2, without the neighbours."""
    result, host = stored.result, stored.subject_host
    blame, root = evidence.blame(result), "../" * len(PurePosixPath(result.directory).parts)
    lines = _lines(stored)
    kind, taken = transitions(stored.events, host)
    known = SPECS.get(result.spec, ()) if kind is State else ()
    return {
        "site": site,
        "here": "",
        "root": root,
        "case": result,
        "stored": stored,
        "command": shlex.join(map(str, stored.case.get("subject", {}).get("argv", ()))),
        "again": store.again(stored, site.run.command),
        "printed": _printed(stored),
        "downloads": stored.downloads,
        "refused": [_refusal(one, stored, lines) for one in tally.blamed(result)],
        "asked": Markup(rows.expectations(asked(stored), result.file)),
        "machine": Markup(machine(known, taken)),
        "told": kind is State,
        "total": len(lines),
        "blame": blame,
        **_clauses(result, root + site.page_of(result.spec)),
        **_drawings(stored, blame, lines),
    }


def _clauses(result: CaseResult, page: str) -> dict[str, Any]:
    """The clauses that apply and, apart from them, those that do not."""
    silent = tuple(one for one in result.clauses if one.outcome == "not_applicable")
    spoken = [one for one in result.clauses if one.outcome != "not_applicable"]
    return {
        "clauses": Markup(rows.clauses(spoken, page, tally.foreseen(result))),
        "silent": Markup(rows.silent(silent, page)),
        "silent_count": len(silent),
    }


def _printed(stored: Stored) -> dict[str, str]:
    """What the programs wrote, by its source; the subject's own first."""
    said = {"stdout": stored.stdout, "stderr": stored.stderr, **stored.others}
    return {source: text for source, text in said.items() if text}


def _drawings(stored: Stored, blame: dict[int, str], lines: list[Line]) -> dict[str, Any]:
    events, host = stored.events, stored.subject_host
    first = _window(len(events), blame)
    drawn = place(events, host, first, MOST_ROWS)
    shown = scene(drawn, host, blame)
    recorded = sources.load(stored.directory, host, events)

    def source(number: int, event: Event) -> str:
        return recorded.of(event) if first <= number < first + MOST_ROWS else ""

    return {
        "drawn": (first, first + len(drawn)),
        "sequence": Markup(sequence(shown)),
        "timeline": Markup(timeline(shown)),
        "log": Markup(rows.log(lines, events, evidence.rests_on(stored.result), _styles(stored, blame), source)),
    }


def _styles(stored: Stored, blame: dict[int, str]) -> rows.Styles:
    return {**dict.fromkeys(stored.result.unclaimed, " unclaimed"), **dict.fromkeys(blame, " blamed")}


def _refusal(one: Judgement, stored: Stored, lines: list[Line]) -> dict[str, Any]:
    """A judgement with what a reader wants next to it: the lines of its evidence and the last good state."""
    expected = one in stored.result.expectations
    at = None if expected else tally.breaking_event(one)
    known = at is not None and at < len(stored.events)
    return {
        "judged": one,
        "state": tally.last_good_state(stored.events, at, stored.subject_host) if known and at is not None else "",
        "asked": of(one, stored) if expected else None,
        "lines": [(number, lines[number]) for number in _ends(one.evidence) if number < len(lines)],
        "left_out": max(0, len(one.evidence) - 2 * MOST_EVIDENCE),
    }


def _ends(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The first and the last of them, if they are many: what broke a clause stands last."""
    if len(numbers) <= 2 * MOST_EVIDENCE:
        return numbers
    return numbers[:MOST_EVIDENCE] + numbers[-MOST_EVIDENCE:]


def _window(total: int, blame: dict[int, str]) -> int:
    """The first event of a diagram that cannot show all: the breaking event stands two thirds down."""
    last = max(blame, default=0)
    return max(0, min(last - MOST_ROWS * 2 // 3, total - MOST_ROWS))


def _lines(stored: Stored) -> list[Line]:
    """The notation in its parts. Times are cut at the microsecond; trace.txt has the rest."""
    start_ns = stored.events[0].at_ns if stored.events else 0
    return [
        Line(f"{(event.at_ns - start_ns) / 1e9:.6f}", one_line(lane), one_line(notation.body(event)))
        for event, lane in notation.with_lanes(stored.events, subject=stored.subject_host)
    ]
