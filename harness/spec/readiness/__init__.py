"""The readiness spec: what makes the sockets of a connection ready, and what a program does when it is told so."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.readiness import accepting, connecting, lasting, listening, reading

CLAUSES: tuple[Clause, ...] = collect(connecting, listening, accepting, reading, lasting)
