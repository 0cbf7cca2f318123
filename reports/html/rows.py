"""Builds the long lists of a case page, its log and its clauses, by joining text: a template is too slow for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from urllib.parse import quote

from harness.events import Event, State
from harness.plain import markup as safe
from harness.result import Judgement
from reports import tally
from reports.html.evidence import Rests


def log(lines: Iterable[str], events: Sequence[Event], rests: Rests, blame: dict[int, str]) -> str:
    """The items of the log: number, line of text notation, the clauses that rest on it, where it was recorded."""
    return "\n".join(
        _item(number, line, event, rests.get(number, ()), number in blame)
        for number, (line, event) in enumerate(zip(lines, events, strict=True))
    )


def clauses(judged: Iterable[Judgement], root: str, foreseen: frozenset[str]) -> str:
    """The rows of the clause table; `foreseen` are clauses that end as the scenario expects of them."""
    return "\n".join(_row(one, root, one.outcome == "fail" and one.id in foreseen) for one in judged)


def links(numbers: Iterable[int]) -> str:
    """Event numbers that lead to the diagram."""
    return " ".join(f'<a class="ev" href="#e{number}" data-n="{number}">{number}</a>' for number in numbers)


def verdict(outcome: str) -> str:
    sign, word = tally.SIGN[outcome], tally.WORD[outcome]
    return f'<span class="verdict {outcome}"><span aria-hidden="true">{sign}</span> {word}</span>'


def _item(number: int, line: str, event: Event, rests: Sequence[Judgement], blamed: bool) -> str:
    style = f"{event.point}{' state' * isinstance(event, State)}{' blamed' * blamed}"
    source = f'<span class="src">{safe(event.source)}</span>' if event.source else ""
    return (
        f'<li id="l{number}" class="{style}" data-n="{number}"><a class="ev" href="#e{number}">{number}</a>'
        f'<code>{escape(line)}</code><span class="tail">{"".join(map(_reference, rests))}{source}</span></li>'
    )


@lru_cache(maxsize=2048)
def _reference(one: Judgement) -> str:
    sign = f'<span aria-hidden="true">{tally.SIGN[one.outcome]}</span>'
    word = f'<span class="word"> {tally.WORD[one.outcome]}</span>'
    place = f'href="#c-{escape(quote(one.id))}" title="{safe(one.says)}"'
    return f'<a class="ref {one.outcome}" {place}>{sign}{safe(one.id)}{word}</a>'


def _row(one: Judgement, root: str, foreseen: bool) -> str:
    notes = [text for text, holds in (("by absence", one.by_absence), ("self-reported", one.self_reported)) if holds]
    marks = "".join(f'<br><small class="muted">{note}</small>' for note in notes)
    expected = ' <small class="muted">As the scenario expects.</small>' if foreseen else ""
    name = f'<a class="id" href="{root}clauses.html#{escape(quote(one.id))}">{safe(one.id)}</a>'
    return (
        f'<tr class="{one.outcome}" id="c-{escape(one.id)}"><td>{verdict(one.outcome)}{marks}</td>'
        f'<th scope="row">{name}<br><small class="force">{safe(one.force)}</small></th>'
        f"<td>{safe(one.says)}{_why(one.why, one.source)}</td><td>{safe(one.reason)}{expected}</td>"
        f'<td class="num">{links(one.evidence)}</td></tr>'
    )


@lru_cache(maxsize=1024)
def _why(why: str, source: str) -> str:
    reason = f"<p>{safe(why)}</p>" if why else ""
    origin = f'<p class="source">{safe(source)}</p>' if source else ""
    return f"<details><summary>why</summary>{reason}{origin}</details>" if reason or origin else ""
