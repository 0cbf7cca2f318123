"""The connect timer: one for everything, from the beginning until the connection is ready.

Times are compared only in the direction that a busy machine cannot falsify: a wait may be asked to be shorter than
the time that is provably left, never longer.
"""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Call, Event, GetSockOpt, Wait
from harness.spec.net_conn.story import callbacks, entered, follows, states
from harness.spec.toy9.threads import loop_pid
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

NS_PER_MS = 1_000_000
ROUNDING_MS = 1
"""A rest of a millisecond is rounded up to a whole one, or the loop would turn without waiting."""


@clause(
    "NC-12",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="One timer covers resolving, connecting and TLS: until it is ready no wait is longer than what is left of it.",
    why="A server that accepts and says nothing, or three steps each just fast enough, hold the user for ever.",
    source="net_conn spec, Creating 4; catalogue 79, 117, 123",
)
def one_timer_covers_all(trace: Trace) -> Verdict:
    limit = trace.setting("timeout_ms")
    waits = _waits(trace)
    if not limit.isdecimal() or not int(limit) or not waits:
        return not_applicable("no timer was asked for, or nothing was waited for")
    for wait in waits:
        if wait.timeout_ms < 0:
            return failed("the loop waits for ever although the connection is not ready", wait)
        left_ms = int(limit) - _elapsed_ms(trace, waits[0], wait)
        if wait.timeout_ms > left_ms + ROUNDING_MS:
            return failed(f"a wait of {wait.timeout_ms} ms when at most {left_ms} ms are left", waits[0], wait)
    return passed_by_absence(*waits[:1])


def _waits(trace: Trace) -> list[Wait]:
    """The loop's waits from the first state to the one that ends the timer."""
    begun = next(iter(states(trace)), None)
    if begun is None:
        return []
    span = trace.between(begun, entered(trace, "ready", "closed", "error"))
    return span.of(Wait, who=trace.subject, pid=loop_pid(trace))


def _elapsed_ms(trace: Trace, first: Wait, wait: Wait) -> int:
    """What has certainly gone by when the program reckoned how long to wait: it had begun the wait before this one.

    That wait's end is no such sign: where nothing was called in between, a report is dated by the next call.
    """
    before = trace.between(first, wait).last(Wait, who=wait.who, pid=wait.pid) if wait is not first else None
    return (before.at_ns - first.at_ns) // NS_PER_MS if before else 0


@clause(
    "NC-13",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Once the connection is ready its timer is off.",
    why="A timer that was forgotten ends a good connection after ten seconds, in the middle of what it does.",
    source="net_conn spec, conn_io_cb 3; catalogue 74",
)
def off_when_ready(trace: Trace) -> Verdict:
    ready = entered(trace, "ready")
    if ready is None:
        return not_applicable("it was never ready")
    told = next((call for call in callbacks(trace, "on_error") if call.args == "ETIMEDOUT"), None)
    if told and follows(trace, told, ready) and not _kernel_said(trace, told):
        return failed("a connection that was ready was ended by a timer", ready, told)
    return passed_by_absence(ready)


def _kernel_said(trace: Trace, told: Event) -> bool:
    """Whether TCP itself gave up."""
    earlier = trace.before(told)
    by_call = earlier.first(Call, who=trace.subject, error="ETIMEDOUT")
    return bool(by_call or earlier.first(GetSockOpt, who=trace.subject, value="ETIMEDOUT"))
