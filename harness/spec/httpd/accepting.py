"""How connections are taken in: all of them, as many as may be, and without blocking or spinning."""

from __future__ import annotations

from itertools import pairwise

from harness.attempt import WOULD_BLOCK
from harness.clause import HOUSE, MUST, clause
from harness.events import (
    Accept,
    Call,
    Close,
    Event,
    Listen,
    Ready,
    Recv,
    Send,
    SetNonblocking,
    Socket,
    TcpState,
    Unwatch,
    Wait,
    Watch,
    bits,
)
from harness.spec.httpd.served import listener, milliseconds, next_wait, served, stopping
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NO_LISTENER = "nothing was listened on"
EXHAUSTED = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
TRANSIENT = EXHAUSTED | {
    "ECONNABORTED", "EPROTO", "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP",
    "ENETUNREACH", "EPERM",
}  # fmt: skip
"""accept(2), Error handling: what is wrong with one connection, or for a while."""


@clause(
    "HT-01",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="The listening socket is non-blocking before the first accept().",
    why="A client may be gone between the readiness and the accept(), which would then block the whole server.",
    source="accept(2), NOTES; catalogue 101",
)
def listener_is_nonblocking(trace: Trace) -> Verdict:
    listen = listener(trace)
    if listen is None:
        return not_applicable(NO_LISTENER)
    accept = trace.first(Accept, sock=listen.sock, who=trace.subject)
    made = trace.first(Socket, sock=listen.sock, who=trace.subject)
    until = trace.before(accept) if accept else trace
    switched = until.last(SetNonblocking, sock=listen.sock, who=trace.subject, error="")
    if switched.on if switched else made is not None and made.nonblocking:
        return passed(listen)
    if accept is None:
        return not_applicable("nothing was accepted")
    return failed("accept() was called on a blocking listener", listen, accept)


@clause(
    "HT-02",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="An accepted socket is made non-blocking before anything is read from it or written to it.",
    why="Linux does not pass O_NONBLOCK on from the listener; one slow client would block the server for all.",
    source="accept(2), DESCRIPTION; the seed's set_nonblocking()",
)
def accepted_sockets_are_nonblocking(trace: Trace) -> Verdict:
    used: list[Event] = []
    for one in served(trace):
        first = next((call for call in one if isinstance(call, (Recv, Send))), None)
        if first is None:
            continue
        if one.before(first).first(SetNonblocking, on=True, error="") is None:
            return failed("a blocking socket was read from or written to", one.accept, first)
        used.append(first)
    return passed_by_absence(*used[:1]) if used else not_applicable("no connection was used")


@clause(
    "HT-03",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="An edge-triggered listener is accepted from until EAGAIN, or is no longer watched, before the next wait.",
    why="The edge is reported once, for however many clients: those left in the queue wait for the next one to come.",
    source="epoll(7), Q9; catalogue 100",
)
def an_edge_is_accepted_to_its_end(trace: Trace) -> Verdict:
    drained: list[Event] = []
    for ready in _reports(trace):
        watch = trace.before(ready).last(Watch, sock=ready.sock, who=trace.subject)
        wait = next_wait(trace, ready)
        if watch is None or "ET" not in bits(watch.interest) or wait is None:
            continue
        since = trace.between(ready, wait)
        last = since.last(Accept, sock=ready.sock, who=trace.subject)
        changed = since.first(Unwatch, sock=ready.sock) or since.first(Watch, sock=ready.sock)
        if not changed and (last is None or last.error not in WOULD_BLOCK):
            return failed("the server waited again before accept() said EAGAIN", ready, *([last] if last else []), wait)
        drained.append(ready)
    return passed_by_absence(*drained[:1]) if drained else not_applicable("no edge of a listener was reported")


def _reports(trace: Trace) -> list[Ready]:
    """What the poller said of the listener."""
    listen = listener(trace)
    return trace.of(Ready, sock=listen.sock, who=trace.subject) if listen else []


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
    accepted = {accept.address for accept in trace.of(Accept, who=trace.subject, error="")}
    completed = [
        state for state in trace.after(listen).of(TcpState, who=trace.subject, new="ESTABLISHED")
        if state.old in ("SYN_RECV", "LISTEN", "CLOSE")
    ]  # fmt: skip
    for state in completed:
        idle = None if state.remote in accepted else _wait_with_room(trace, listen, state)
        if idle:
            return failed("it waited with room for a connection that stood in the queue", state, idle)
    return passed_by_absence(*completed[:1]) if completed else not_applicable("no client connected")


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
    waits = trace.between(freed, end).of(Wait, who=trace.subject) if freed else []
    blocking = [wait for wait in waits if wait.timeout_ms]
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
    begun = sum(trace.number(one.accept) <= here for one in served(trace))
    return begun - sum(one.closed is not None and trace.number(one.closed) <= here for one in served(trace))


@clause(
    "HT-05",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="No more connections are open at once than the server may have.",
    why="The cap is what protects the machine's memory and descriptors from one server.",
    source="the seed's max_connections; catalogue 103",
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


@clause(
    "HT-06",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="When descriptors have run out, accept() is not tried again and again for the same readiness.",
    why="A level-triggered listener stays readable while anybody waits: the loop burns a processor and serves nobody.",
    source="accept(2), EMFILE; catalogue 96",
)
def no_spinning_without_descriptors(trace: Trace) -> Verdict:
    exhausted = [accept for accept in trace.of(Accept, who=trace.subject) if accept.error in EXHAUSTED]
    for before, after in pairwise(exhausted):
        between = trace.between(before, after)
        helped = (Close, Watch, Unwatch)
        if not any(between.first(kind, who=trace.subject) for kind in helped):
            return failed("accept() was tried again although nothing had changed", before, after)
    return passed_by_absence(*exhausted[:1]) if exhausted else not_applicable("descriptors never ran out")


@clause(
    "HT-07",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="An error of accept() that passes does not end the listener.",
    why="It concerns one connection, or passes when one has ended; a closed listener refuses everybody from then on.",
    source="accept(2), Error handling; catalogue 97",
)
def the_listener_survives(trace: Trace) -> Verdict:
    passing = [accept for accept in trace.of(Accept, who=trace.subject) if accept.error in TRANSIENT]
    if not passing:
        return not_applicable("accept() never failed")
    told, since = stopping(trace), trace.after(passing[0])
    closed = since.first(Close, sock=passing[0].sock, who=trace.subject, by_exit=False)
    if closed and (told is None or trace.number(closed) < trace.number(told)):
        return failed("the listener was closed, and the server had not been told to stop", passing[0], closed)
    return passed_by_absence(passing[0])
