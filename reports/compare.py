"""Sets two runs against each other: which cases changed their verdict, their canonical trace, or the time they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from harness.canonical import canonical
from harness.result import CaseResult, Judgement, RunResult
from harness.trace import Trace
from reports import store

FACTOR = 1.5
LEAST_MS = 200.0
"""A case takes another time if it is this many times as long and this much longer: noise is less than that."""
MOST_LINES = 60

Clauses = tuple[tuple[str, str, str, str], ...]
"""Number, outcome before, outcome now, and the reason now, of each that changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One case in both runs."""

    before: CaseResult
    after: CaseResult

    @property
    def id(self) -> str:
        return self.after.id

    @property
    def verdict(self) -> bool:
        return self.before.verdict != self.after.verdict or bool(self.clauses)

    @property
    def trace(self) -> bool:
        known = self.before.canonical and self.after.canonical
        return bool(known) and self.before.canonical != self.after.canonical

    @property
    def time(self) -> bool:
        short, long = sorted((self.before.duration_ms, self.after.duration_ms))
        return long >= short * FACTOR and long - short >= LEAST_MS

    @property
    def clauses(self) -> Clauses:
        """The clauses and expectations whose outcome changed."""
        before = {one.id: one.outcome for one in _judged(self.before)}
        return tuple(
            (one.id, before.get(one.id, "not_applicable"), one.outcome, one.reason)
            for one in _judged(self.after)
            if before.get(one.id, "not_applicable") != one.outcome
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: the cases that both have, and those that only one has."""

    before: RunResult
    after: RunResult
    both: tuple[Change, ...]
    gone: tuple[CaseResult, ...]
    new: tuple[CaseResult, ...]

    @property
    def verdicts(self) -> list[Change]:
        return [one for one in self.both if one.verdict]

    @property
    def groups(self) -> list[tuple[Clauses, list[Change]]]:
        """The cases whose verdict changed, together where the same clauses changed for the same reason."""
        found: dict[Clauses, list[Change]] = {}
        for one in self.verdicts:
            found.setdefault(one.clauses, []).append(one)
        return sorted(found.items(), key=lambda item: -len(item[1]))

    @property
    def traces(self) -> list[Change]:
        return [one for one in self.both if one.trace]

    @property
    def times(self) -> list[Change]:
        return sorted((one for one in self.both if one.time), key=lambda one: -one.after.duration_ms)

    @property
    def same(self) -> int:
        return sum(not (one.verdict or one.trace or one.time) for one in self.both)


def compare(before: RunResult, after: RunResult) -> Comparison:
    """The cases of two runs, joined by their id; of several with one id the n-th with the n-th."""
    old, new = dict(_named(before.cases)), dict(_named(after.cases))
    both = tuple(Change(old[name], case) for name, case in new.items() if name in old)
    gone = tuple(case for name, case in old.items() if name not in new)
    return Comparison(before, after, both, gone, tuple(case for name, case in new.items() if name not in old))


def trace_diff(before_dir: Path, after_dir: Path, change: Change) -> list[str]:
    """How the canonical traces differ, as lines of a unified diff, the first MOST_LINES of them."""
    before, after = _canonical(before_dir, change.before), _canonical(after_dir, change.after)
    lines = list(unified_diff(before, after, "before", "after", lineterm="", n=2))
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"... and {more} more lines"] if more > 0 else [])]


def _canonical(run_dir: Path, case: CaseResult) -> list[str]:
    stored = store.load_case(run_dir, case)
    return canonical(Trace(stored.events, subject=stored.subject_host)).split("\n")


def _judged(case: CaseResult) -> Iterator[Judgement]:
    yield from case.clauses
    yield from case.expectations


def _named(cases: Iterable[CaseResult]) -> Iterator[tuple[tuple[str, int], CaseResult]]:
    met: dict[str, int] = {}
    for case in cases:
        met[case.id] = met.get(case.id, 0) + 1
        yield (case.id, met[case.id]), case
