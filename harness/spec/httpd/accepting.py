"""How connections are taken in: without blocking, without spinning, and to the end of an edge."""

from __future__ import annotations

from itertools import pairwise

from harness.attempt import WOULD_BLOCK
from harness.clause import MUST, clause
from harness.events import (
    Accept,
    Close,
    Event,
    Ready,
    Recv,
    Send,
    SetNonblocking,
    Socket,
    Unwatch,
    Watch,
    bits,
)
from harness.spec.httpd.served import listener, next_wait, served, stopping
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
    source="accept(2), DESCRIPTION; httpd spec, Event loop 2",
)
def accepted_sockets_are_nonblocking(trace: Trace) -> Verdict:
    used: list[Event] = []
    for one in served(trace):
        first = next((call for call in one if isinstance(call, (Recv, Send))), None)
        if first is None or first.pid != one.accept.pid:
            continue  # a thread or process of its own makes nobody else wait
        switch = one.before(first).last(SetNonblocking, error="")
        if not (switch.on if switch else one.accept.nonblocking):
            return failed("a blocking socket was read from or written to", one.accept, first)
        used.append(first)
    return passed_by_absence(*used[:1]) if used else not_applicable("no connection was used by who accepts")


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
