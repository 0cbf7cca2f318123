"""Turns the evidence of verdicts round: for each event the clauses that rest on it."""

from __future__ import annotations

from harness.result import CaseResult, Judgement
from reports import tally

Rests = dict[int, list[Judgement]]


def rests_on(case: CaseResult) -> Rests:
    """Event number to the judgements that name it, refusals first."""
    found: Rests = {}
    judged = [one for one in (*case.clauses, *case.expectations) if one.evidence]
    for one in sorted(judged, key=lambda one: tally.GRAVEST_FIRST.index(one.outcome)):
        for number in dict.fromkeys(one.evidence):
            found.setdefault(number, []).append(one)
    return found


def blame(case: CaseResult) -> dict[int, str]:
    """Event number to the clauses that refused because of it: `{24: "T9-07, T9-08"}`."""
    found: dict[int, list[str]] = {}
    for one in (*case.clauses, *case.expectations):
        if one.outcome == "fail":
            for number in dict.fromkeys(one.evidence):
                found.setdefault(number, []).append(one.id)
    return {number: ", ".join(ids) for number, ids in found.items()}


def sentence(case: CaseResult) -> str:
    """The verdict for people, in one sentence."""
    refused = tally.blamed(case)
    if case.verdict == "pass":
        held = sum(one.outcome == "pass" for one in case.clauses)
        met = len(case.expectations)
        also = f", and all that the scenario expects ({met}) came true" if met else ""
        return f"Conforms: {held} clause{'s' * (held != 1)} hold{'s' * (held == 1)}{also}."
    if case.verdict == "fail" and refused:
        first, *more = [one for one in refused if one.outcome == "fail"] or refused
        also = f" Also broken: {', '.join(one.id for one in more)}." if more else ""
        return f"Breaks {first.id}: {stopped(first.reason or case.reason)}{also}"
    if case.verdict == "inconclusive":
        return f"Nothing can be said: {stopped(case.reason or 'nothing was judged')}"
    return stopped(case.reason or "No clause applies to what happened here")


def stopped(text: str) -> str:
    """The text as a sentence that ends."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
