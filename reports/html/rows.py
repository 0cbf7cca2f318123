"""Builds the long lists of a case page, its log and its clauses, by joining text: a template is too slow for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from harness.events import Event, State
from harness.plain import markup as safe
from harness.plain import plain
from harness.result import Judgement
from reports import tally
from reports.evidence import Rests


class Line(NamedTuple):
    """An event in text notation, taken apart: seconds since the trace began, lane, what happened."""

    at: str
    lane: str
    body: str


def log(lines: Sequence[Line], events: Sequence[Event], rests: Rests, styles: Styles, source: Source) -> str:
    """The items of the log: number, line of text notation, the clauses that rest on it, where it was recorded."""
    return "\n".join(
        _item(number, line, event, rests.get(number, ()), styles.get(number, ""), source(number, event))
        for number, (line, event) in enumerate(zip(lines, events, strict=True))
    )


def clauses(judged: Iterable[Judgement], page: str, foreseen: frozenset[str]) -> str:
    """The rows of the clause table; `page` has their text, `foreseen` end as the scenario expects of them."""
    return "\n".join(_row(one, page, one.outcome == "fail" and one.id in foreseen) for one in judged)


def links(numbers: Iterable[int]) -> str:
    """Event numbers that lead to the diagram."""
    return " ".join(f'<a class="ev" href="#e{number}" data-n="{number}">{number}</a>' for number in numbers)


def verdict(outcome: str) -> str:
    sign, word = tally.SIGN[outcome], tally.WORD[outcome]
    return f'<span class="verdict {outcome}"><span aria-hidden="true">{sign}</span> {word}</span>'


def _item(number: int, line: Line, event: Event, rests: Sequence[Judgement], style: str, source: str) -> str:
    style = f"{event.point}{' state' * isinstance(event, State)}{style}"
    return (
        f'<li id="l{number}" class="{style}" data-n="{number}"><a class="ev" href="#e{number}">{number}</a>'
        f'<span class="at">{line.at}</span><span class="who">{safe(line.lane)}</span><code>{escape(line.body)}</code>'
        f'<span class="tail">{"".join(map(_reference, rests))}</span>{_source(event.source, source)}</li>'
    )


def _source(name: str, recorded: str) -> str:
    """Where the event was recorded; its recording unfolds below it."""
    if not recorded:
        return f'<span class="src">{safe(name)}</span>' if name else ""
    return f'<details class="src"><summary>{safe(name)}</summary><pre>{escape(plain(recorded))}</pre></details>'


@lru_cache(maxsize=2048)
def _reference(one: Judgement) -> str:
    sign = f'<span aria-hidden="true">{tally.SIGN[one.outcome]}</span>'
    word = f'<span class="word"> {tally.WORD[one.outcome]}</span>'
    place = f'href="#c-{escape(quote(one.id))}" title="{safe(one.says)}"'
    return f'<a class="ref {one.outcome}" {place}>{sign}{safe(one.id)}{word}</a>'


def _row(one: Judgement, page: str, foreseen: bool) -> str:
    notes = [text for text, holds in (("by absence", one.by_absence), ("self-reported", one.self_reported)) if holds]
    marks = "".join(f'<br><small class="muted">{note}</small>' for note in notes)
    expected = ' <small class="muted">As the scenario expects.</small>' if foreseen else ""
    name = f'<a class="id" href="{page}#{escape(quote(one.id))}">{safe(one.id)}</a>'
    return (
        f'<tr class="{one.outcome}" id="c-{escape(one.id)}"><td>{verdict(one.outcome)}{marks}</td>'
        f'<th scope="row">{name}<br><small class="force">{safe(one.force)}</small></th>'
        f'<td><span class="sentence">{safe(one.says)}</span>{_why(one.why, one.source)}</td>'
        f'<td>{safe(one.reason)}{expected}</td><td class="num">{links(one.evidence)}</td></tr>'
    )


@lru_cache(maxsize=1024)
def _why(why: str, source: str) -> str:
    reason = f"<p>{safe(why)}</p>" if why else ""
    origin = f'<p class="source">{safe(source)}</p>' if source else ""
    return f"<details><summary>why</summary>{reason}{origin}</details>" if reason or origin else ""


Styles = dict[int, str]
"""Further classes of some lines, each with a blank before it: ` blamed`, ` unclaimed`."""
Source = Callable[[int, Event], str]
"""What was recorded of an event, as text."""
