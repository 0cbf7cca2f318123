"""Which clauses judge which row of the tables that were measured."""

from __future__ import annotations

from harness.spec.kernel import coverage_1, coverage_2

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = (*coverage_1.COVERAGE, *coverage_2.COVERAGE)
