"""Reading and writing: not before ready, all of it, and only when there is a use for it."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, SHOULD, clause
from harness.events import Call, Close, Event, Fact, Mark, Ready, Recv, Send, Unwatch, Wait, Watch, bits
from harness.spec.net_conn.story import (
    UNHEARD,
    callbacks,
    entered,
    is_unheard,
    over,
    standing,
    sum_of,
    told_by_peers,
    wants_tls,
)
from harness.trace import Trace, View
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NEVER_READY = "it was never ready"
USES = {"IN": Recv, "OUT": Send}


@clause(
    "NC-18",
    force=MUST,
    needs={"syscall", "subject"},
    says="Without TLS, nothing is written to a socket before the connection is ready.",
    why="An early write takes the connect's error with it, and what is read next looks like the end of a good one.",
    source="net_conn spec, Read/Write 2; catalogue 6, 87",
)
def nothing_written_before_ready(attempt: Attempt) -> Verdict:
    trace = attempt.trace
    write = attempt.first(Send)
    if write is None or wants_tls(trace):
        return not_applicable("nothing was written" if write is None else "TLS has to write before")
    ready = entered(trace, "ready")
    if ready is None or trace.number(write) < trace.number(ready):
        return failed("the socket was written to before the connection was ready", attempt.connect, write)
    return passed(ready, write)


@clause(
    "NC-19",
    force=SHOULD,
    needs={"syscall", "subject"},
    per="trace",
    says="Once ready, who is woken for a direction uses it, or does not wait for it any more.",
    why="Interest that outlives its callback, such as room for a writer that is done, wakes the loop for nothing.",
    source="net_conn spec, Notification; epoll(7), level-triggered; catalogue 38",
)
def who_is_woken_acts(trace: Trace) -> Verdict:
    ready, attempt = entered(trace, "ready"), standing(trace)
    if ready is None or attempt is None:
        return not_applicable(NEVER_READY)
    if is_unheard(trace):
        return not_applicable(UNHEARD)
    woken = attempt.after(ready).of(Ready)
    for wake in woken:
        turn = attempt.between(wake, trace.after(wake).first(Wait, who=wake.who, pid=wake.pid))
        reported = bits(wake.mask) & _interest(attempt, wake)
        idle = reported and not any(turn.first(USES[bit]) for bit in reported) and not _stops(turn, reported)
        if idle and trace.after(wake).first(Wait, who=wake.who, pid=wake.pid):
            return failed(f"it was woken for {' and '.join(sorted(reported))}, and did nothing", wake)
    return passed_by_absence(*woken[:2]) if woken else not_applicable("it was never woken")


def _interest(attempt: Attempt, wake: Ready) -> frozenset[str]:
    watch = attempt.before(wake).last(Watch, error="")
    return bits(watch.interest) & frozenset(USES) if watch else frozenset()


def _stops(turn: View, reported: frozenset[str]) -> bool:
    """Whether it was unwatched, closed, or is not watched for this any more."""
    for call in turn.each(Call):
        if isinstance(call, Watch):
            if not bits(call.interest) & reported:
                return True
        elif not isinstance(call, Ready):
            return True
    return False


@clause(
    "NC-20",
    force=MUST,
    needs={"subject", "lab"},
    per="trace",
    says="What the connection says it has sent, the peer gets, to the last byte.",
    why="The kernel takes what there is room for, and TLS a record or none of it; the rest has to be offered again.",
    source="net_conn spec, Read/Write 1; SSL_write(3), NOTES; catalogue 91, 125",
)
def output_is_complete(trace: Trace) -> Verdict:
    sent, got = trace.of(Fact, who=trace.subject, name="sent"), told_by_peers(trace, "received")
    if not sent or not got:
        return not_applicable("nothing says how much was sent, or how much was received")
    if sum_of(sent) != sum_of(got):
        return failed(f"{sum_of(sent)} bytes were sent, the peer received {sum_of(got)}", *sent, *got)
    return passed(*sent, *got)


@clause(
    "NC-21",
    force=MUST,
    needs={"subject", "lab"},
    per="trace",
    says="All that the peer said is handed on, whatever the poller and however little is read at a time.",
    why="An edge is told once, and a record that TLS has decrypted is told to no poller: what is left there is lost.",
    source="net_conn spec, Notification; epoll(7); SSL_pending(3); catalogue 41",
)
def input_is_complete(trace: Trace) -> Verdict:
    said, got = told_by_peers(trace, "said"), trace.of(Fact, who=trace.subject, name="received")
    ended = next((fact for fact in trace.of(Fact, who=trace.subject, name="end") if fact.text == "eof"), None)
    waiting = trace.first(Mark, name="deadline") if over(trace) is None and entered(trace, "ready") else None
    if not said or not (ended or waiting):
        return not_applicable("the peer said nothing, or the connection was not read to the end")
    if sum_of(got) < sum_of(said):
        where = ended or waiting
        reason = f"the peer said {sum_of(said)} bytes, {sum_of(got)} were handed on"
        return failed_by_absence(reason, *said, *([where] if where else []))
    return passed(*said, *got[-1:])


@clause(
    "NC-22",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="How the peer ended is how it is told: FIN is an end and no error; a reset, and FIN amid TLS, are errors.",
    why="A message that was cut short and taken for whole is worse than one that was lost.",
    source="net_conn spec, Read/Write 1; RFC 8446, 6.1 (truncation); catalogue 33, 63, 124",
)
def the_end_is_told_as_it_was(trace: Trace) -> Verdict:
    ready, attempt = entered(trace, "ready"), standing(trace)
    seen = _how_it_ended(attempt.after(ready), trace) if ready and attempt else None
    if seen is None:
        return not_applicable("the peer did not end a connection that was ready")
    how, event = seen
    told = next((call for call in callbacks(trace, "on_error") if trace.number(call) > trace.number(event)), None)
    if how == "eof" and told:
        return failed(f"the peer's end was told as {told.args}", event, told)
    if how != "eof" and told is None and (final := over(trace)):
        return failed_by_absence(f"a {how} was taken for {final.new}", event, final)
    return passed(event, *([told] if told else []))


def _how_it_ended(after: View, trace: Trace) -> tuple[str, Event] | None:
    """By what the kernel answered; of TLS, only the peer knows whether it was cut."""
    for call in after.each(Call):
        if isinstance(call, (Send, Recv)) and call.error in ("ECONNRESET", "EPIPE"):
            return "reset", call
        if isinstance(call, Recv) and not call.error and not call.result and call.size:
            cut = any(fact.text == "cut" for fact in told_by_peers(trace, "end"))
            return ("cut" if cut and wants_tls(trace) else "eof"), call
    return None


@clause(
    "NC-23",
    force=SHOULD,
    needs={"syscall"},
    says="After the peer's end nobody reads again, and nobody waits for input.",
    why="The end is readable for ever: a loop that waits for more of it turns without pause until the owner closes.",
    source="read(2); epoll(7), level-triggered; catalogue 33, 95",
)
def nobody_waits_after_the_end(attempt: Attempt) -> Verdict:
    end = next((recv for recv in attempt.each(Recv, error="") if not recv.result and recv.size), None)
    if end is None:
        return not_applicable("the peer's end was never read")
    again = attempt.after(end).first(Recv)
    if again:
        return failed("it was read again after the peer's end", end, again)
    wait = attempt.next_wait(end)
    watch = attempt.before(wait).last(Watch, error="") if wait and attempt.first(Watch) else None
    if wait and watch and "IN" in bits(watch.interest) and not _stopped(attempt, watch, wait):
        return failed("input was waited for after the peer's end", end, wait)
    return passed_by_absence(end)


def _stopped(attempt: Attempt, watch: Watch, wait: Wait) -> bool:
    between = attempt.between(watch, wait)
    return bool(between.first(Unwatch) or between.first(Close))
