"""The httpd spec: how a server in one thread takes connections in, answers on them, and ends."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.httpd import accepting, answering, capacity, ending, framing, reading, securing, timing, writing

CLAUSES: tuple[Clause, ...] = collect(
    accepting, capacity, reading, answering, writing, ending, timing, securing, framing
)
STATES: tuple[str, ...] = ("idle", "listening", "draining", "closed")
