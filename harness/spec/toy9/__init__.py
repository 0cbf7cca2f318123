"""The toy9 spec: how a program connects without blocking, and how it tells what came of it."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.toy9 import (
    aftermath,
    answers,
    awaiting,
    budgets,
    causes,
    contents,
    deciding,
    ending,
    halves,
    input,
    naming,
    opening,
    output,
    registering,
    resolving,
    succession,
    telling,
    timing,
)

CLAUSES: tuple[Clause, ...] = collect(
    opening, awaiting, registering, deciding, naming, output, input, halves, ending, aftermath, timing, resolving,
    answers, causes, telling, contents, budgets, succession,
)  # fmt: skip
