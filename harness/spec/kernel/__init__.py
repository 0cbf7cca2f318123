"""The kernel spec: what Linux itself does with a socket, whatever program asks."""

from __future__ import annotations

from harness.clause import Clause, collect
from harness.spec.kernel import (
    again,
    answered,
    closing,
    endings,
    giving_up,
    herds,
    icmp,
    immediate,
    listening,
    overflow,
    pending,
    polling,
    refusal,
    resets,
    resolver,
    schedules,
    soft,
    windows,
)

CLAUSES: tuple[Clause, ...] = collect(
    pending, refusal, again, icmp, soft, answered, immediate,
    schedules, giving_up, listening, overflow, endings, closing, resets, polling, resolver, windows, herds,
)  # fmt: skip
