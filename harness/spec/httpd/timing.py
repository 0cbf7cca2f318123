"""Deadlines, judged by what the server does when a time is over, and never by a tolerance.

What is due counts from the first wait after the activity, by when the server has set its timer. One wait that begins
later may be the very one from which it learns the time; a second one, or one for ever, shows that it does not look.
"""

from __future__ import annotations

from harness.clause import HOUSE, MUST, clause
from harness.events import Accept, Call, Event, Recv, Send, Wait
from harness.spec.httpd.served import MS, Served, is_secured, milliseconds, next_wait, served, stopping
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

NO_TIMEOUT = "no timeout was told"


@clause(
    "HT-23",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A connection is not closed as idle before its time.",
    why="A client that was told to keep the connection would lose a request that is on its way.",
    source="RFC 9112, section 9.5; httpd spec, Cleanup 1",
)
def not_closed_before_its_time(trace: Trace) -> Verdict:
    patience_ms = milliseconds(trace, "idle_timeout_ms")
    if patience_ms is None:
        return not_applicable(NO_TIMEOUT)
    closed: list[Event] = []
    for one in served(trace):
        ended = one.fact("ended")
        if one.closed is None or ended is None or not ended.text.endswith(" idle"):
            continue
        last = _last_activity(one, _goodbye(one) or one.closed)
        if one.closed.at_ns - last.at_ns < patience_ms * MS:
            return failed(f"it was closed as idle before {patience_ms} ms were over", last, one.closed)
        closed.append(one.closed)
    return passed_by_absence(*closed[:1]) if closed else not_applicable("no connection was closed as idle")


def _goodbye(one: Served) -> Send | None:
    """With TLS, close_notify goes before the close in the same turn of the loop."""
    last = one.before(one.closed).last(Send) if one.closed and is_secured(one.trace) else None
    wait = next_wait(one.trace, last) if last else None
    is_same_turn = last and one.closed and (wait is None or one.number(wait) > one.number(one.closed))
    return last if is_same_turn else None


def _last_activity(one: Served, until: Event) -> Event:
    moved = [call for call in one.before(until).each(Call) if isinstance(call, (Recv, Send)) and call.result > 0]
    return moved[-1] if moved else one.accept


@clause(
    "HT-24",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A connection on which nothing is under way is closed when its time is over.",
    why="Clients vanish without a word: what they leave behind would fill the server up.",
    source="httpd spec, Cleanup 1; catalogue 107",
)
def idle_connections_are_closed(trace: Trace) -> Verdict:
    patience_ms = milliseconds(trace, "idle_timeout_ms")
    if patience_ms is None or not served(trace):
        return not_applicable(NO_TIMEOUT if patience_ms is None else "nothing was accepted")
    for one in served(trace):
        last = _last_activity(one, _goodbye(one) or one.closed or trace.events[-1])
        if isinstance(last, Recv) or (isinstance(last, Accept) and one.first(Recv)):
            continue  # something is under way, or the client has ended
        if is_secured(trace) and one.agreed is None:
            continue  # HT-28 judges the handshake
        late = late_wait(one, last, patience_ms, None)
        if late:
            return failed(f"it was still open after {patience_ms} ms", last, late)
    return passed_by_absence(served(trace)[0].accept)


def late_wait(one: Served, start: Event, patience_ms: int, end: Event | None) -> Wait | None:
    """The wait that shows that the time was over and nothing came of it."""
    first = next_wait(one.trace, start)
    if first is None or _lasts_without_a_timer(one, first, patience_ms):
        return first
    ends = [event for event in (one.closed, end) if event]
    until = one.trace.between(first, min(ends, key=one.number, default=None))
    waits = until.each(Wait, who=one.trace.subject)
    whole = (wait for wait in waits if wait.timeout_ms and not wait.error)
    late = [wait for wait in whole if wait.at_ns > first.at_ns + patience_ms * MS]
    return next((wait for wait in late if wait is not late[0] or _is_for_ever(wait)), None)


def _lasts_without_a_timer(one: Served, wait: Wait, patience_ms: int) -> bool:
    """Whether the time was over in a wait that was for ever, or never returned: no timer was set at all."""
    next_call = one.trace.after(wait).first(Call, who=wait.who, pid=wait.pid)
    over = next_call or one.trace.events[-1]
    return _is_for_ever(wait) and over.at_ns - wait.at_ns > patience_ms * MS


def _is_for_ever(wait: Wait) -> bool:
    """Whether no timer of the server would have ended it. What a signal ended says nothing of that."""
    return wait.timeout_ms < 0 or (wait.count is None and not wait.error)


@clause(
    "HT-25",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="The deadline of a request that is arriving runs from its first byte, whatever comes later.",
    why="A client that sends a byte in time, and another one, would otherwise hold its connection for hours.",
    source="RFC 9110, section 15.5.9; catalogue 106",
)
def a_deadline_is_absolute(trace: Trace) -> Verdict:
    head_ms, body_ms = milliseconds(trace, "head_timeout_ms"), milliseconds(trace, "body_timeout_ms")
    if head_ms is None or body_ms is None:
        return not_applicable(NO_TIMEOUT)
    begun: list[Event] = []
    for one in served(trace):
        for first, end in _arrivals(one):
            body = one.fact("body")
            has_head = body is not None and _is_between(one, body, first, end)
            start, patience_ms = (body, body_ms) if body and has_head else (first, head_ms)
            late = late_wait(one, start, patience_ms, end)
            if late:
                return failed(f"a request was still waited for after {patience_ms} ms", start, late)
            begun.append(first)
    return passed_by_absence(*begun[:1]) if begun else not_applicable("nothing arrived")


def _is_between(one: Served, event: Event, start: Event, end: Event | None) -> bool:
    return one.number(start) < one.number(event) and (end is None or one.number(event) < one.number(end))


def _arrivals(one: Served) -> list[tuple[Recv, Event | None]]:
    """The first read of each request, with what ended its arrival: the whole request, or the end of everything."""
    found: list[tuple[Recv, Event | None]] = []
    if is_secured(one.trace) and one.agreed is None:
        return found
    after: Event = one.agreed or one.accept
    while True:
        first = next((read for read in one.after(after).each(Recv, error="") if read.result), None)
        if first is None:
            return found
        over = [told.fact for told in one.requests if one.number(told.fact) > one.number(first)]
        ends: list[Event] = [*over[:1], *([stop] if (stop := stopping(one.trace)) else [])]
        end = min((e for e in ends if one.number(e) > one.number(first)), key=one.number, default=None)
        found.append((first, end))
        if end is None:
            return found
        after = end
