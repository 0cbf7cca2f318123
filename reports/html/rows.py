"""Builds the long lists of a case page, its log and its clauses, by joining text: a template is too slow for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from msgspec.structs import replace

from harness.events import Event, State
from harness.plain import in_ascii, plain
from harness.plain import markup as safe
from harness.result import Judgement
from reports import tally
from reports.asked import Asked
from reports.evidence import Rests

PORTION = 250
"""A browser lays out the lists that are in sight, and leaves the others of a long log alone."""


class Line(NamedTuple):
    """An event in text notation, taken apart: seconds since the trace began, lane, what happened."""

    at: str
    lane: str
    body: str


def log(lines: Sequence[Line], events: Sequence[Event], rests: Rests, styles: Styles, source: Source) -> str:
    """The log in lists of PORTION events: number, line of text notation, the clauses that rest on it, its recording."""
    items = [
        _item(number, line, event, rests.get(number, ()), styles.get(number, ""), source(number, event))
        for number, (line, event) in enumerate(zip(lines, events, strict=True))
    ]
    portions = ("\n".join(items[first : first + PORTION]) for first in range(0, len(items), PORTION))
    return "\n".join(f'<ol class="log full">\n{portion}\n</ol>' for portion in portions)


def clauses(judged: Iterable[Judgement], page: str, foreseen: frozenset[str]) -> str:
    """The rows of the clause table; `page` has their text, `foreseen` end as the scenario expects of them."""
    return "\n".join([_row(one, page, one.outcome == "fail" and one.id in foreseen) for one in judged])


@lru_cache(maxsize=64)
def silent(judged: tuple[Judgement, ...], page: str) -> str:
    """The rows of clauses that do not apply: the cases of a scenario, which come one after the other, share them."""
    return clauses(judged, page, frozenset())


def expectations(asked: Iterable[Asked], file: str) -> str:
    """The rows of what the scenario expects, each with the line of its file."""
    return "\n".join(_expectation(one, f"{safe(file)}:{one.line}") for one in asked)


def links(numbers: Iterable[int]) -> str:
    """Event numbers that lead to the diagram."""
    return " ".join([f'<a class="ev" href="#e{number}" data-n="{number}">{number}</a>' for number in numbers])


def verdict(outcome: str) -> str:
    sign, word = safe(tally.SIGN[outcome]), tally.WORD[outcome]
    return f'<span class="verdict {outcome}"><span aria-hidden="true">{sign}</span> {word}</span>'


def _item(number: int, line: Line, event: Event, rests: Sequence[Judgement], style: str, source: str) -> str:
    state = " state" if type(event) is State else ""
    refs = f'<span class="tail">{"".join([_reference(one.id, one.outcome) for one in rests])}</span>' if rests else ""
    return (
        f'<li id="l{number}" class="{event.point}{state}{style}" data-n="{number}">'
        f'<a class="ev" href="#e{number}">{number}</a><span class="at">{line.at}</span>'
        f'<span class="who">{safe(line.lane)}</span><code>{in_ascii(escape(line.body, quote=False))}</code>'
        f"{refs}{_source(event.source, source)}</li>"
    )


def _source(name: str, recorded: str) -> str:
    """Where the event was recorded; its recording unfolds below it."""
    if not recorded:
        return f'<span class="src">{safe(name)}</span>' if name else ""
    shown = _shown(recorded)
    return f'<details class="src"><summary>{safe(name)}</summary><pre tabindex="0">{shown}</pre></details>'


@lru_cache(maxsize=256)
def _shown(recorded: str) -> str:
    """The same for the two ends of the wire."""
    return in_ascii(escape(plain(recorded), quote=False))


def _expectation(one: Asked, place: str) -> str:
    judged = one.judged
    told = judged.reason and one.actual not in judged.reason
    reason = f'<br><small class="muted">{safe(judged.reason)}</small>' if told else ""
    return (
        f'<tr class="{judged.outcome}"><td>{verdict(judged.outcome)}</td>'
        f'<th scope="row" id="c-{escape(judged.id)}">{safe(judged.id)}</th>'
        f"<td>{safe(one.expected)}</td><td>{safe(one.actual)}{reason}</td>"
        f'<td class="num">{links(judged.evidence)}</td><td><code>{place}</code></td></tr>'
    )


@lru_cache(maxsize=1024)
def _reference(id: str, outcome: str) -> str:
    sign = f'<span aria-hidden="true">{safe(tally.SIGN[outcome])}</span>'
    word = f'<span class="word"> {tally.WORD[outcome]}</span>'
    return f'<a class="ref {outcome}" href="#c-{escape(quote(id))}">{sign}{safe(id)}{word}</a>'


def _row(one: Judgement, page: str, foreseen: bool) -> str:
    if not one.evidence:
        return f"{_words(one, page, foreseen)}</td></tr>"
    return f"{_words(replace(one, evidence=()), page, foreseen)}{links(one.evidence)}</td></tr>"


@lru_cache(maxsize=4096)
def _words(one: Judgement, page: str, foreseen: bool) -> str:
    """A row up to its evidence: most of a run's cases share it."""
    notes = [text for text, holds in (("by absence", one.by_absence), ("self-reported", one.self_reported)) if holds]
    marks = "".join(f'<br><small class="muted">{note}</small>' for note in notes)
    expected = ' <small class="muted">As the scenario expects.</small>' if foreseen else ""
    name = f'<a class="id" href="{page}#{escape(quote(one.id))}">{safe(one.id)}</a>'
    return (
        f'<tr class="{one.outcome}" id="c-{escape(one.id)}"><td>{verdict(one.outcome)}{marks}</td>'
        f'<th scope="row">{name}<br><small class="force">{safe(one.force)}</small></th>'
        f'<td><span class="sentence">{safe(one.says)}</span>{_why(one)}</td>'
        f'<td>{safe(one.reason)}{expected}</td><td class="num">'
    )


def _why(one: Judgement) -> str:
    """Not for a clause that does not apply: its name leads to all that is known of it."""
    if one.outcome == "not_applicable" or not (one.why or one.source):
        return ""
    reason = f"<p>{safe(one.why)}</p>" if one.why else ""
    origin = f'<p class="source">{safe(one.source)}</p>' if one.source else ""
    return f"<details><summary>why</summary>{reason}{origin}</details>"


Styles = dict[int, str]
"""Further classes of some lines, each with a blank before it: ` blamed`, ` unclaimed`."""
Source = Callable[[int, Event], str]
"""What was recorded of an event, as text."""
