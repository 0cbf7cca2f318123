"""Sets what a scenario expects against what came, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.result import CaseResult, Judgement
from reports import tally
from reports.store import Stored

FIELDS = {"within": "within_ms"}
"""Expectations whose field in harness.case.Expect has another name."""

JOINED_BY = {"states": " -> ", "callbacks": " -> ", "branch": " or "}


@dataclass(frozen=True, slots=True)
class Asked:
    """One expectation: what the scenario wrote, what the run showed, and the line of the file that asks."""

    judged: Judgement
    expected: str
    actual: str
    line: int


def asked(stored: Stored) -> list[Asked]:
    """Every expectation of the case, in the order in which they were judged."""
    return [of(one, stored) for one in stored.result.expectations]


def of(judged: Judgement, stored: Stored) -> Asked:
    expect = stored.case.get("expect", {})
    wanted = judged.says or _wanted(judged.id, expect)
    lines = expect.get("lines", {})
    line = lines.get(judged.id, lines.get(judged.id.partition(".")[0], stored.result.line))
    return Asked(judged, wanted, _seen(judged, stored.result), int(line))


def _wanted(id: str, expect: dict[str, Any]) -> str:
    """The value as the case has it: lists joined, times with their unit, a clause by its outcome."""
    name, _, clause = id.partition(".")
    value = expect.get(FIELDS.get(name, name))
    if clause and isinstance(value, dict):
        value = value.get(clause)
    if isinstance(value, list):
        return JOINED_BY.get(name, ", ").join(map(str, value))
    return "" if value is None else f"{value} ms" if name in FIELDS else str(value)


def _seen(judged: Judgement, case: CaseResult) -> str:
    known = {
        "states": " -> ".join(case.states), "error": case.error, "exit": case.exit, "branch": ", ".join(case.branches),
    }  # fmt: skip
    if judged.id.startswith(tally.CLAUSES):
        known |= {f"{tally.CLAUSES}{one.id}": one.outcome for one in case.clauses}
    return known.get(judged.id) or judged.reason or ("as expected" if judged.outcome == "pass" else "nothing")
