"""Writes the pages of a report into the run directory: the index, the clauses, one page a case."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness import notation
from harness.plain import one_line, plain
from harness.result import CaseResult, Judgement, RunResult
from reports import store, tally
from reports.asked import asked, of
from reports.html import evidence, rows
from reports.html.lanes import place
from reports.html.matrix import matrix
from reports.html.sequence import sequence
from reports.html.timeline import timeline
from reports.store import Stored

MOST_ROWS = 2_000
"""A diagram of more events shows a window around the evidence; the log always shows all."""


MOST_LISTED = 24
"""The page of clauses names no more cases than this for one outcome of one clause."""


def write_html(run_dir: Path) -> Path:
    """Write every page beside what was recorded, and return the index. The same run gives the same bytes."""
    run = store.load_run(run_dir)
    pages = _environment()
    tags: dict[str, tuple[str, ...]] = {}
    page = pages.get_template("case.html.j2")
    for place_, result in enumerate(run.cases):
        stored = store.load_case(run_dir, result)
        tags.setdefault(result.scenario, stored.tags)
        around = {"before": _at(run, place_ - 1), "after": _at(run, place_ + 1)}
        _write(store.case_directory(run_dir, result), page.render(_case(run, stored), **around))
    _write(run_dir, pages.get_template("clauses.html.j2").render(_clauses(run)), "clauses.html")
    return _write(run_dir, pages.get_template("index.html.j2").render(_index(run, tags)))


def _write(directory: Path, text: str, name: str = "index.html") -> Path:
    target = directory / name
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def _environment() -> Environment:
    pages = Environment(
        loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters |= {"plain": plain, "one_line": one_line, "seconds": tally.seconds, "sentence": evidence.sentence}
    pages.globals |= {"SIGN": tally.SIGN, "WORD": tally.WORD, "MOST_LISTED": MOST_LISTED}
    pages.globals |= {"blamed": tally.blamed, "href": _href}
    pages.globals |= {"verdict": _marked(rows.verdict), "links": _marked(rows.links)}
    for name in ("style.css", "index.js", "case.js"):
        source = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
        pages.globals[name.replace(".", "_")] = Markup(source)
        pages.globals[f"{name.replace('.', '_')}_hash"] = _hash(source)
    return pages


def _marked(make: Callable[[Any], str]) -> Callable[[Any], Markup]:
    """A maker of HTML that escapes by itself, for use in templates."""
    return lambda value: Markup(make(value))


def _hash(script: str) -> str:
    """The script by its digest, so that the page's policy runs no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _href(case: CaseResult, root: str = "") -> str:
    return f"{root}{quote(case.directory)}/index.html"


def _at(run: RunResult, number: int) -> CaseResult | None:
    return run.cases[number] if 0 <= number < len(run.cases) else None


def _index(run: RunResult, tags: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    clauses = tally.by_clause(run)
    return {
        "run": run,
        "counts": run.counts(),
        "matrix": matrix(run, tags),
        "convictions": tally.convictions(run),
        "clauses": clauses,
        "idle": [one.clause for one in clauses.values() if not one.exercised],
        "untaken": tally.never_taken(run),
        "slowest": tally.slowest(run),
        "root": "",
    }


def _clauses(run: RunResult) -> dict[str, Any]:
    return {"run": run, "clauses": tally.by_clause(run), "root": ""}


def _case(run: RunResult, stored: Stored) -> dict[str, Any]:
    result, events, host = stored.result, stored.events, stored.subject_host
    blame, lines, root = evidence.blame(result), _lines(stored), "../" * len(Path(result.directory).parts)
    first = _window(len(events), blame)
    drawn = place(events, host, first, MOST_ROWS)
    return {
        "run": run,
        "case": result,
        "stored": stored,
        "command": shlex.join(map(str, stored.case.get("subject", {}).get("argv", ()))),
        "sequence": Markup(sequence(drawn, host, blame)),
        "timeline": Markup(timeline(drawn, host, blame)),
        "drawn": (first, first + len(drawn)),
        "lines": lines,
        "log": Markup(rows.log(lines, events, evidence.rests_on(result), blame)),
        "clauses": Markup(rows.clauses(result.clauses, root, tally.foreseen(result))),
        "blame": blame,
        "refused": [_refusal(one, stored) for one in tally.blamed(result)],
        "asked": asked(stored),
        "again": store.again(result, run.spec),
        "downloads": [(name, store.DOWNLOADS[name]) for name in stored.downloads],
        "root": root,
    }


def _refusal(one: Judgement, stored: Stored) -> dict[str, Any]:
    """A judgement with what a reader wants next to it: the lines of its evidence and the last good state."""
    at = tally.breaking_event(one)
    known = at is not None and at < len(stored.events)
    state = tally.last_good_state(stored.events, at, stored.subject_host) if known and at is not None else ""
    return {"judged": one, "state": state, "asked": of(one, stored) if one in stored.result.expectations else None}


def _window(total: int, blame: dict[int, str]) -> int:
    """The first event of a diagram that cannot show all: the breaking event stands two thirds down."""
    last = max(blame, default=0)
    return max(0, min(last - MOST_ROWS * 2 // 3, total - MOST_ROWS))


def _lines(stored: Stored) -> list[str]:
    return [one_line(line) for line in notation.lines(stored.events, subject=stored.subject_host)]
