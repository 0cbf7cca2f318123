"""What the subject's own timeout does: it bounds every wait, and what it ended stays ended.

Times are compared only in the direction that a busy machine cannot falsify: a wait may be asked to be shorter than
the time that is provably left, never longer.
"""

from __future__ import annotations

from harness.attempt import Attempt, attempts
from harness.clause import MUST, clause
from harness.events import Call, Callback, Event, Fact, GetSockOpt, Packet, Ready, State, Wait
from harness.spec.toy9.threads import loop_pid
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NS_PER_MS = 1_000_000
ROUNDING_MS = 1
"""A rest of a millisecond is rounded up to a whole one, or the loop would turn without waiting."""
EARLY_MS = 10
"""The subject starts its timer before it says that it connects, and counts by another clock."""


@clause(
    "T9-21",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="After the own timer ended the attempt nothing revives it: its socket is closed, a late SYN-ACK gets RST.",
    why="The timer and the network race: whoever keeps the socket announces a connection that was already given up.",
    source="toy9 spec, Test Plan 4; catalogue 58, 74, 117",
)
def nothing_revives_it(trace: Trace) -> Verdict:
    told = _own_timeout(trace)
    if told is None:
        return not_applicable("no timer of the subject ended the attempt")
    again = trace.after(told).first(State, who=trace.subject, new="connecting")
    later = trace.between(told, again)
    revived = later.first(State, who=trace.subject, new="connected") or later.first(
        Callback, who=trace.subject, name="connectionEstablished"
    )
    if revived:
        return failed("connected was announced after the attempt had timed out", told, revived)
    verdicts = [
        _given_up(attempt, told) for attempt in attempts(trace) if trace.number(attempt.connect) < trace.number(told)
    ]
    return next((verdict for verdict in verdicts if verdict.outcome == "fail"), passed_by_absence(told))


def _own_timeout(trace: Trace) -> Callback | None:
    """The announcement of a timeout that the kernel had not told of, before anything was connected."""
    told = trace.first(Callback, who=trace.subject, name="errorEncountered")
    if told is None or told.args != "ETIMEDOUT":
        return None
    earlier = trace.before(told)
    by_kernel = earlier.first(Call, who=trace.subject, error="ETIMEDOUT") or earlier.first(
        GetSockOpt, who=trace.subject, value="ETIMEDOUT"
    )
    stood = earlier.first(State, who=trace.subject, new="connected")
    return None if by_kernel or stood else told


def _given_up(attempt: Attempt, told: Callback) -> Verdict:
    """The socket is closed at once, and what arrives afterwards is refused by the kernel."""
    closed, wait = attempt.closed, attempt.next_wait(told)
    if closed is None:
        return failed_by_absence("the socket was not closed after the attempt had timed out", told)
    if wait and attempt.number(wait) < attempt.number(closed):
        return failed("the loop waited again before the socket was closed", told, wait)
    host = attempt.trace.subject
    late = next((p for p in attempt.after(closed).each(Packet, phase="arrived", dst=host) if "S" in p.flags), None)
    answer = attempt.after(late).first(Packet, phase="sent", src=host) if late else None
    if late and answer and "R" not in answer.flags:
        return failed("a late SYN-ACK was not answered by RST", closed, late, answer)
    return passed_by_absence(told, closed)


@clause(
    "T9-22",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="While a timeout is pending every wait is finite and ends no later than the deadline.",
    why="A timer that is only looked at when something happens never fires where nothing happens.",
    source="toy9 spec, Test Plan 4; epoll_wait(2), timeout; catalogue 79, 80",
)
def every_wait_is_bounded(trace: Trace) -> Verdict:
    limit = trace.setting("timeout_ms")
    if not limit.isdecimal() or not int(limit) or trace.blocking:
        return not_applicable("no timeout was asked for, or the connect blocks")
    waits = _waits(trace)
    if not waits:
        return not_applicable("nothing was waited for")
    for wait in waits:
        if wait.timeout_ms < 0:
            return failed("the loop waits for ever although a timeout is pending", wait)
        left_ms = int(limit) - _elapsed_ms(trace, waits[0], wait)
        if wait.timeout_ms > left_ms + ROUNDING_MS:
            return failed(f"a wait of {wait.timeout_ms} ms when at most {left_ms} ms are left", waits[0], wait)
    return passed_by_absence(*waits[:1])


@clause(
    "T9-53",
    force=MUST,
    needs={"syscall", "subject"},
    says="The timeout of the connect ends with the connect: it never ends a connection that stands.",
    why="A timer that nobody stopped throws a healthy connection away, seconds after it was announced.",
    source="toy9 spec, Test Plan 4; catalogue 74",
)
def the_timer_ends_with_the_connect(attempt: Attempt) -> Verdict:
    told, limit = attempt.connected, attempt.trace.setting("timeout_ms")
    if told is None or limit in ("", "0"):
        return not_applicable("no timeout was asked for" if told else "connected was never announced")
    error = attempt.after(told).first(Callback, name="errorEncountered", args="ETIMEDOUT")
    by_kernel = attempt.after(told).first(Call, error="ETIMEDOUT") or attempt.after(told).first(
        GetSockOpt, value="ETIMEDOUT"
    )
    if error and by_kernel is None:
        return failed("a connection that stood was ended by the connect's timeout", told, error)
    return passed_by_absence(told)


@clause(
    "T9-54",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="The own timer does not end an attempt before its time.",
    why="An answer that comes within the time that was granted is refused, and only on networks that are slow.",
    source="toy9 spec, Test Plan 4; catalogue 80, 81",
)
def the_timer_is_not_early(trace: Trace) -> Verdict:
    begun, limit = trace.first(State, who=trace.subject, new="connecting"), trace.setting("timeout_ms")
    told = _own_timeout(trace)
    if begun is None or told is None or not limit.isdecimal():
        return not_applicable("no timer of the subject ended the attempt")
    # A busy machine can only make a timer late, but it may pause a program that has set it and not yet said so: the
    # timer can be as old as what was said before.
    said = trace.before(begun).last(Fact, who=trace.subject) or begun
    took_ms = (told.at_ns - said.at_ns) // NS_PER_MS
    if took_ms + EARLY_MS < int(limit):
        return failed(f"the attempt was ended after {took_ms} ms of {limit}", begun, told)
    return passed(begun, told)


def _waits(trace: Trace) -> list[Wait]:
    """The loop's waits from the beginning of the attempt to its outcome."""
    begun: Event | None = trace.first(State, who=trace.subject, new="connecting")
    if begun is None:
        return []
    states = trace.after(begun).each(State, who=trace.subject)
    over = next((state for state in states if state.new != "connecting"), None)
    return trace.between(begun, over).of(Wait, who=trace.subject, pid=loop_pid(trace))


def _elapsed_ms(trace: Trace, first: Wait, wait: Wait) -> int:
    """What has certainly gone by: from the first wait's beginning to the last report before this one."""
    told = trace.between(first, wait).last(Ready, who=wait.who, pid=wait.pid) if wait is not first else None
    return (told.at_ns - first.at_ns) // NS_PER_MS if told else 0
