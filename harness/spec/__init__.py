"""The specs by name: each is a package of clauses, and nothing here knows any program under test."""

from __future__ import annotations

from harness.clause import Clause
from harness.errors import UsageError
from harness.spec import toy9

SPECS: dict[str, tuple[Clause, ...]] = {"toy9": toy9.CLAUSES}


def clauses_of(spec: str) -> tuple[Clause, ...]:
    """All clauses of a spec by number; UsageError if there is no such spec."""
    if spec not in SPECS:
        raise UsageError(f"there is no spec {spec!r}; known are {', '.join(sorted(SPECS))}")
    return SPECS[spec]
