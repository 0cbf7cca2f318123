"""Counts what a run showed: per clause, per scenario, the slow cases, the branches nobody took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.branches import BRANCHES
from harness.events import Event, State, TcpState
from harness.result import CaseResult, Judgement, RunResult
from harness.verdict import Outcome, when_broken

CLAUSES = "clauses."
MS_PER_S = 1000
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "inconclusive", "not_applicable")
GRAVEST_FIRST: tuple[Outcome, ...] = ("fail", "inconclusive", "pass", "not_applicable")
WORD: dict[str, str] = {
    "pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "not_applicable": "not applicable",
}  # fmt: skip
SIGN: dict[str, str] = {"pass": "✓", "fail": "✗", "inconclusive": "?", "not_applicable": "\N{EN DASH}"}
"""A verdict is never told by colour alone."""


@dataclass(slots=True)
class ClauseTally:
    """One clause over a whole run: its text, as judged first, and the cases by outcome, in the run's order."""

    clause: Judgement
    spec: str
    cases: dict[str, list[CaseResult]] = field(default_factory=lambda: {outcome: [] for outcome in OUTCOMES})

    @property
    def exercised(self) -> bool:
        """Whether any case could obey or break it."""
        return bool(self.cases["pass"] or self.cases["fail"])


def by_clause(cases: Iterable[CaseResult]) -> dict[str, ClauseTally]:
    """Every clause that these cases judged, by number."""
    tallies: dict[str, ClauseTally] = {}
    for case in cases:
        for clause in case.clauses:
            if clause.id not in tallies:
                tallies[clause.id] = ClauseTally(clause, case.spec)
            tallies[clause.id].cases[clause.outcome].append(case)
    return dict(sorted(tallies.items()))


def blamed(case: CaseResult) -> tuple[Judgement, ...]:
    """What refused the case, gravest first: failed clauses, the one that was broken first before the others, and failed
    expectations; then the inconclusive ones.

    A clause that ended as the scenario expects of it (a scenario for a mutant says so) refuses nothing; one that did
    not speaks for itself, and the expectation says no more than that.
    """
    expected = foreseen(case)
    clauses = sorted((one for one in case.clauses if one.id not in expected), key=_when_broken)
    said = {f"{CLAUSES}{one.id}" for one in clauses if one.outcome in ("fail", "inconclusive")}
    judged = [*clauses, *(one for one in case.expectations if one.id not in said)]
    return tuple(one for outcome in ("fail", "inconclusive") for one in judged if one.outcome == outcome)


def _when_broken(one: Judgement) -> tuple[bool, int]:
    """Clauses that were not broken come first, and stay in the order of their numbers."""
    return when_broken(one.by_absence, one.evidence) if one.outcome == "fail" else (False, -1)


def foreseen(case: CaseResult) -> frozenset[str]:
    """The clauses that ended as the scenario expects of them."""
    kept = (one.id for one in case.expectations if one.outcome == "pass" and one.id.startswith(CLAUSES))
    return frozenset(id.removeprefix(CLAUSES) for id in kept)


def convictions(run: RunResult) -> dict[str, list[tuple[Judgement, CaseResult]]]:
    """The failed clauses and expectations with their cases: `{"T9-07": [(judgement, case), ...]}`, most cases first."""
    found: dict[str, list[tuple[Judgement, CaseResult]]] = {}
    for case in run.cases:
        for one in blamed(case):
            if one.outcome == "fail":
                found.setdefault(one.id, []).append((one, case))
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def by_scenario(run: RunResult) -> dict[str, list[CaseResult]]:
    grouped: dict[str, list[CaseResult]] = {}
    for case in run.cases:
        grouped.setdefault(case.scenario, []).append(case)
    return grouped


def slowest(run: RunResult, count: int = 3) -> list[CaseResult]:
    return sorted(run.cases, key=lambda case: (-case.duration_ms, case.id))[:count]


def never_taken(cases: Iterable[CaseResult]) -> list[str]:
    """The lawful branches of the kernel that no case witnessed; none if these cases do not branch at all."""
    taken = {branch for case in cases for branch in case.branches}
    return [branch for branch in BRANCHES if branch not in taken] if taken else []


def breaking_event(judgement: Judgement) -> int | None:
    """The number of the event that broke the clause: the last one that the verdict rests on."""
    return judgement.evidence[-1] if judgement.evidence else None


def last_good_state(events: tuple[Event, ...], broken_at: int, host: str) -> str:
    """The state before the breaking event: the subject's own if it keeps a journal, else that of its host's TCP."""
    for kind in (State, TcpState):
        seen = [event for event in events[:broken_at] if isinstance(event, kind) and event.who in (host, "")]
        if seen:
            return seen[-1].new
    return ""


def seconds(milliseconds: float) -> str:
    """`12 ms`, `1.25 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < MS_PER_S else f"{milliseconds / MS_PER_S:.2f} s"


def reason_of(case: CaseResult) -> str:
    """The case's reason without the number of the clause that gave it."""
    first = next(iter(blamed(case)), None)
    return case.reason.removeprefix(f"{first.id}: ") if first else case.reason
