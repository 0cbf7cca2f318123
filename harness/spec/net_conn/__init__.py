"""The net_conn spec: what can be seen of a connection object, with TLS or without, and whoever wrote it."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.net_conn import connecting, ending, exchanging, racing, resolving, securing, telling, timing

CLAUSES: tuple[Clause, ...] = collect(telling, resolving, racing, connecting, timing, securing, exchanging, ending)
