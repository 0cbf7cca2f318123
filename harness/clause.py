"""A clause: one numbered sentence of a spec, with the function that judges it.

    @clause(
        "T9-07", force=MUST, needs={"syscall"},
        says="SO_ERROR is read exactly once after the first readiness.",
        why="Reading it clears it, so a second read reports success for a failed connect.",
        source="socket(7), SO_ERROR",
    )
    def so_error_is_read_exactly_once(attempt: Attempt) -> Verdict: ...

The decorator leaves a Clause where the function stood. There is no registry to fill: a spec is what `collect` finds
in its modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Literal, overload

from harness.attempt import Attempt, attempts
from harness.events import POINTS, Point
from harness.kernels import Kernels
from harness.trace import Trace
from harness.verdict import Verdict, merge, not_applicable

Force = Literal["MUST", "SHOULD", "HOUSE"]

MUST: Force = "MUST"
SHOULD: Force = "SHOULD"
HOUSE: Force = "HOUSE"

_ID = re.compile(r"[A-Z]+\d*-\d\d")


@dataclass(frozen=True, slots=True)
class Clause:
    """`needs` are the points of observation without which the clause cannot speak; `per` what it is asked about.

    `kernels` are those on which its figure was measured, None for a rule that holds on all of them.
    """

    id: str
    force: Force
    says: str
    why: str
    source: str
    needs: frozenset[Point]
    per: Literal["attempt", "trace"]
    judge: Callable[[Trace], Verdict]
    kernels: Kernels | None = None

    def __call__(self, trace: Trace) -> Verdict:
        """The bare verdict, as if nothing had been missed; `harness.checker` weighs what was."""
        return self.judge(trace)


PerAttempt = Callable[[Callable[[Attempt], Verdict]], Clause]
PerTrace = Callable[[Callable[[Trace], Verdict]], Clause]


@overload
def clause(
    id: str, *, force: Force, says: str, why: str, source: str, needs: Iterable[Point], per: Literal["attempt"] = ...,
    kernels: str = "",
) -> PerAttempt: ...  # fmt: skip


@overload
def clause(
    id: str, *, force: Force, says: str, why: str, source: str, needs: Iterable[Point], per: Literal["trace"],
    kernels: str = "",
) -> PerTrace: ...  # fmt: skip


def clause(
    id: str,
    *,
    force: Force,
    says: str,
    why: str,
    source: str,
    needs: Iterable[Point],
    per: Literal["attempt", "trace"] = "attempt",
    kernels: str = "",
) -> PerAttempt | PerTrace:
    """Make a clause of a function over an attempt (asked of each, verdicts merged) or over the whole trace.

    `kernels` (`6.5 to 6.18`) is given where the kernel chose a figure: on others the clause convicts nobody.
    """
    points = frozenset(needs)
    measured = Kernels.of(kernels) if kernels else None
    if not _ID.fullmatch(id) or not points <= set(POINTS) or not all(text.endswith(".") for text in (says, why)):
        raise ValueError(f"clause {id}: a number like T9-07, points of observation, and two whole sentences are needed")

    def of_attempts(function: Callable[[Attempt], Verdict]) -> Clause:
        judge = partial(_for_each, function)
        return Clause(id, force, says, why, source, points, "attempt", judge, measured)

    def of_trace(function: Callable[[Trace], Verdict]) -> Clause:
        return Clause(id, force, says, why, source, points, "trace", function, measured)

    return of_attempts if per == "attempt" else of_trace


def collect(*modules: ModuleType) -> tuple[Clause, ...]:
    """All clauses of these modules by number; ValueError if two have the same."""
    found: dict[str, Clause] = {}
    for each in (value for module in modules for value in vars(module).values() if isinstance(value, Clause)):
        if found.setdefault(each.id, each) is not each:
            raise ValueError(f"there are two clauses {each.id}")
    return tuple(found[id] for id in sorted(found))


def _for_each(function: Callable[[Attempt], Verdict], trace: Trace) -> Verdict:
    verdicts = [function(attempt) for attempt in attempts(trace)]
    return merge(verdicts) if verdicts else not_applicable("connect() was never called")
