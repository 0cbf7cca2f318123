"""How many connections are taken in: all that there is room for, and no more."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from harness.clause import HOUSE, MUST, clause
from harness.events import Accept, Call, Close, Event, Listen, TcpState, Unwatch, Wait, Watch
from harness.spec.httpd.accepting import EXHAUSTED, NO_LISTENER
from harness.spec.httpd.served import listener, milliseconds, served, stopping
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence


@clause(
    "HT-04",
    force=MUST,
    needs={"syscall", "kernel"},
    per="trace",
    says="A connection that the kernel has completed is accepted while there is room for it.",
    why="The client believes that it is connected: a server that has stopped accepting leaves it waiting for ever.",
    source="listen(2); catalogue 96, 100, 103",
)
def completed_connections_are_accepted(trace: Trace) -> Verdict:
    listen = listener(trace)
    if listen is None:
        return not_applicable(NO_LISTENER)
    completed = [
        state for state in trace.after(listen).of(TcpState, who=trace.subject, new="ESTABLISHED")
        if state.old in ("SYN_RECV", "LISTEN", "CLOSE")
    ]  # fmt: skip
    for state in _left_waiting(trace, completed):
        idle = _wait_with_room(trace, listen, state)
        if idle:
            return failed("it waited with room for a connection that stood in the queue", state, idle)
    return passed_by_absence(*completed[:1]) if completed else not_applicable("no client connected")


def _left_waiting(trace: Trace, completed: list[TcpState]) -> list[TcpState]:
    """The connections that were never accepted: the last ones, where accept() was not asked for addresses."""
    accepted = Counter(accept.address for accept in trace.of(Accept, who=trace.subject, error=""))
    named = [state for state in completed if state.remote not in accepted]
    return named[accepted[""] :]


def _waits(trace: Trace, listen: Listen, since: Event, until: Event | None) -> list[Wait]:
    """Those that may block, of the threads that have to do with the listener."""
    calls = trace.of(Call, sock=listen.sock, who=trace.subject)
    threads = {call.pid for call in calls if isinstance(call, (Accept, Watch))} or {listen.pid}
    waits = trace.between(since, until).of(Wait, who=trace.subject)
    return [wait for wait in waits if wait.timeout_ms and wait.pid in threads]


def _wait_with_room(trace: Trace, listen: Listen, since: TcpState) -> Wait | None:
    """A wait without the listener, or a second one: the first may be what tells the server of the client."""
    over = trace.after(listen).first(Close, sock=listen.sock, who=trace.subject)
    gone = trace.after(since).first(TcpState, who=trace.subject, remote=since.remote, new="CLOSE")
    ends = [event for event in (stopping(trace), over, gone) if event]
    end = min(ends, key=trace.number, default=None)
    refused = trace.between(since, end).last(Accept, sock=listen.sock, who=trace.subject)
    start = refused if refused and refused.error in EXHAUSTED else since
    freed = trace.between(start, end).first(Close, who=trace.subject) if start is refused else start
    if freed is None or not _has_room(trace, freed):
        freed = next((c for c in trace.between(start, end).of(Close, who=trace.subject) if _has_room(trace, c)), None)
    blocking = _waits(trace, listen, freed, end) if freed else []
    return next((wait for wait in blocking if wait is not blocking[0] or not _is_watched(trace, listen, wait)), None)


def _is_watched(trace: Trace, listen: Listen, wait: Wait) -> bool:
    calls = trace.before(wait).of(Call, sock=listen.sock, who=trace.subject)
    return isinstance(next((call for call in reversed(calls) if isinstance(call, (Watch, Unwatch))), None), Watch)


def _has_room(trace: Trace, at: Event) -> bool:
    """Whether one more connection might be open just after this event."""
    most = milliseconds(trace, "most_connections")
    return most is None or _open_after(trace, at) < most


def _open_after(trace: Trace, at: Event) -> int:
    here = trace.number(at)
    begun, closed = trace.remember("begun and closed", lambda: _begun_and_closed(trace))
    return bisect_right(begun, here) - bisect_right(closed, here)


def _begun_and_closed(trace: Trace) -> tuple[list[int], list[int]]:
    """The numbers of the events with which connections were accepted, and closed."""
    closed = [trace.number(one.closed) for one in served(trace) if one.closed]
    return [trace.number(one.accept) for one in served(trace)], sorted(closed)


@clause(
    "HT-05",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="No more connections are open at once than the server may have.",
    why="The cap is what protects the machine's memory and descriptors from one server.",
    source="httpd spec, Connections 2; catalogue 103",
)
def the_cap_is_kept(trace: Trace) -> Verdict:
    most = milliseconds(trace, "most_connections")
    if most is None or not served(trace):
        return not_applicable("no cap was told" if most is None else "nothing was accepted")
    for one in served(trace):
        count = _open_after(trace, one.accept)
        if count > most:
            return failed(f"{count} connections were open, {most} may be", one.accept)
    return passed_by_absence(served(trace)[-1].accept)
