"""The specs by name: each is a package of clauses, imported when it is asked for.

Nothing here knows any program under test: a spec's states are the words that a journal must use to be judged by it.
"""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError

if TYPE_CHECKING:  # whoever only asks for names and states does without the judge
    from harness.clause import Clause

Coverage = tuple[tuple[str, tuple[str, ...]], ...]
"""Sentences of what was asked for, in short, each with the clauses that judge it."""

SPECS: dict[str, tuple[str, ...]] = {
    "chat": ("idle", "listening", "closing", "closed"),
    "httpd": ("idle", "listening", "draining", "closed"),
    "kernel": (),
    "net_conn": ("init", "resolving", "connecting", "tls_handshake", "ready", "closed", "error"),
    "readiness": ("idle", "connecting", "connected", "listening", "error", "closed"),
    "toy9": ("idle", "connecting", "connected", "error", "closed"),
}
"""Each spec with the states that its programs have; none where a program is not asked for its state."""


def clauses_of(spec: str) -> tuple[Clause, ...]:
    """All clauses of a spec by number; UsageError if there is no such spec."""
    clauses: tuple[Clause, ...] = _package(spec).CLAUSES
    return clauses


def coverage_of(spec: str) -> Coverage:
    """Which clauses judge which sentence of the requirements; UsageError if there is no such spec."""
    coverage: Coverage = _package(f"{spec}.coverage").COVERAGE
    return coverage


def _package(name: str) -> Any:
    spec = name.partition(".")[0]
    if spec not in SPECS:
        near = get_close_matches(spec, SPECS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(SPECS)}"
        raise UsageError(f"there is no spec {spec!r}; {hint}")
    return importlib.import_module(f"harness.spec.{name}")
