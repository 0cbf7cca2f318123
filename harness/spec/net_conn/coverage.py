"""Which clauses judge which sentence of the requirements."""

from __future__ import annotations

COVERAGE: tuple[tuple[str, tuple[str, ...]], ...] = ()
