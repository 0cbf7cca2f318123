"""Addresses side by side: who is slow is not given up for it, and who lost is."""

from __future__ import annotations

from harness.attempt import Attempt, attempts
from harness.clause import MUST, clause
from harness.events import Event, Wait
from harness.spec.net_conn.story import entered, follows, over, standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed_by_absence


@clause(
    "NC-27",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="When one address has taken the connection, all others are given up before the next wait, and no more tried.",
    why="A loser that stays open is a connection which a server keeps for nobody, and one more SYN makes one more.",
    source="RFC 8305, 5; catalogue 82",
)
def losers_are_given_up(trace: Trace) -> Verdict:
    stood, taken = entered(trace, "tls_handshake", "ready"), standing(trace)
    others = [attempt for attempt in attempts(trace) if attempt is not taken and not _has_failed(attempt)]
    if stood is None or taken is None or not others:
        return not_applicable("no address took the connection from others")
    wait = taken.next_wait(stood)
    for attempt in others:
        if follows(trace, attempt.connect, stood):
            return failed("another address was tried when the connection stood", stood, attempt.connect)
        if attempt.closed is None:
            return failed_by_absence("an address that had lost was not given up", attempt.connect, stood)
        if wait and follows(trace, attempt.closed, wait):
            return failed("the loop waited before an address that had lost was given up", stood, wait, attempt.closed)
    return passed_by_absence(stood, *(attempt.closed for attempt in others if attempt.closed))


def _has_failed(attempt: Attempt) -> bool:
    """Before there was a winner, so that it has lost nothing: what becomes of it is told by NC-25."""
    return attempt.failed_at_once or (attempt.decision is not None and attempt.decision.value != "0")


@clause(
    "NC-28",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="With a head start, an address is given up only when it failed, when another stands, or at the end of all.",
    why="The head start is for the next address and not against this one: who gives it up never reaches slow hosts.",
    source="RFC 8305, 5; catalogue 81",
)
def the_slow_go_on(trace: Trace) -> Verdict:
    if trace.setting("head_start_ms") in ("", "0"):
        return not_applicable("no address was given a head start")
    slow = [attempt for attempt in attempts(trace) if attempt.in_progress and attempt.decision is None]
    for attempt in slow:
        if attempt.closed and (wait := _early(attempt, entered(trace, "tls_handshake", "ready") or over(trace))):
            return failed("an address was given up that had not failed, and nobody stood", attempt.closed, wait)
    return passed_by_absence(*(attempt.connect for attempt in slow)) if slow else not_applicable("nobody was slow")


def _early(attempt: Attempt, end: Event | None) -> Wait | None:
    """A wait after the socket was closed and before the end, which is told in the same turn as all is given back."""
    wait = attempt.next_wait(attempt.closed) if attempt.closed else None
    return wait if wait and (end is None or follows(attempt.trace, end, wait)) else None
