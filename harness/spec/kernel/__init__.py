"""The kernel spec."""

from __future__ import annotations

from harness.clause import Clause, collect

CLAUSES: tuple[Clause, ...] = collect()
