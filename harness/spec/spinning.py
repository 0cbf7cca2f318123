"""Spinning: the same readiness is reported to a program again and again, and it does nothing about it."""

from __future__ import annotations

from harness.events import Call, Ready
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

REPORTS = 3
"""So often in a row the same readiness is reported, without a call on the socket, to a loop that spins."""


def no_spinning(trace: Trace) -> Verdict:
    """Whether each readiness led to something; not applicable where no socket ever became ready."""
    spun = _reported_again(trace)
    if spun:
        return failed(f"{spun[0].mask} was reported {REPORTS} times in a row, and nothing was done", *spun)
    ready = trace.first(Ready, who=trace.subject)
    return passed_by_absence(ready) if ready else not_applicable("no socket ever became ready")


def _reported_again(trace: Trace) -> list[Ready]:
    """The first reports of one readiness, with no call on the socket and no other readiness of it between."""
    repeated: dict[str, list[Ready]] = {}
    for call in trace.each(Call, who=trace.subject):
        if not isinstance(call, Ready):
            repeated.pop(call.sock, None)
            continue
        reports = repeated.setdefault(call.sock, [])
        if reports and reports[-1].mask != call.mask:
            reports.clear()
        reports.append(call)
        if len(reports) >= REPORTS:
            return reports
    return []
