"""The chat spec: how a server passes on what each of its clients writes, and what it owes all of them."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.chat import accepting, ending, sealing, telling, words, writing

CLAUSES: tuple[Clause, ...] = collect(accepting, words, telling, writing, ending, sealing)
