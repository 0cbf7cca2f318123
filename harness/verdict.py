"""The algebra of judgement: four outcomes, what they rest on, and how several become one.

`fail > inconclusive > pass > not_applicable`; nothing at all is inconclusive. A verdict says whether it rests on events
that were seen or on events that were missed: a recording that was cut convicts by what it shows, never by what it does
not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from harness.events import Event

Outcome = Literal["pass", "fail", "inconclusive", "not_applicable"]

ORDER: tuple[Outcome, ...] = ("not_applicable", "pass", "inconclusive", "fail")


class Verdict(Struct, frozen=True):
    """One judgement: `reason` is a sentence for people, `evidence` the events it rests on, in order."""

    outcome: Outcome
    reason: str = ""
    evidence: tuple[Event, ...] = ()
    by_absence: bool = False
    self_reported: bool = False


def passed(*evidence: Event, reason: str = "") -> Verdict:
    return Verdict("pass", reason, evidence)


def passed_by_absence(*evidence: Event, reason: str = "") -> Verdict:
    """Conform because something did not happen: worth nothing if the recording that would show it was cut."""
    return Verdict("pass", reason, evidence, by_absence=True)


def failed(reason: str, *evidence: Event) -> Verdict:
    return Verdict("fail", reason, evidence)


def failed_by_absence(reason: str, *evidence: Event) -> Verdict:
    """Broken because something did not happen: inconclusive if the recording that would show it was cut."""
    return Verdict("fail", reason, evidence, by_absence=True)


def inconclusive(reason: str, *evidence: Event) -> Verdict:
    return Verdict("inconclusive", reason, evidence)


def not_applicable(reason: str) -> Verdict:
    return Verdict("not_applicable", reason)


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of them, the first of equals, self-reported if any is; inconclusive if there are none."""
    found = list(verdicts)
    if not found:
        return inconclusive("nothing was judged")
    gravest = max(found, key=lambda verdict: ORDER.index(verdict.outcome))
    if gravest.self_reported or not any(verdict.self_reported for verdict in found):
        return gravest
    return replace(gravest, self_reported=True)


def when_broken(by_absence: bool, evidence: Iterable[int]) -> tuple[bool, int]:
    """A key that sorts broken clauses by their moment: that of the last event of the evidence, given by number, and the
    end of the case where nothing happened. What was broken first is most often the cause of all the others."""
    return by_absence, max(evidence, default=sys.maxsize)


def without_missing(verdict: Verdict, cut: str) -> Verdict:
    """What remains of a verdict when the recording was incomplete (`cut` says which): absence proves nothing."""
    if verdict.by_absence and verdict.outcome in ("pass", "fail"):
        return Verdict("inconclusive", f"{cut}; would have been {verdict.outcome}: {verdict.reason}", verdict.evidence)
    return verdict
