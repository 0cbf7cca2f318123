"""The toy9 spec: how a program connects without blocking, and how it tells what came of it."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.toy9 import awaiting, deciding, ending, input, naming, opening, output, resolving, timing

CLAUSES: tuple[Clause, ...] = collect(opening, awaiting, deciding, naming, output, input, ending, timing, resolving)
