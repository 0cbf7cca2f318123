"""How a server accepts: what a readable listener asks of it, how far it goes on, and when it stops."""

from __future__ import annotations

from itertools import pairwise

from harness.attempt import WOULD_BLOCK
from harness.clause import MUST, clause
from harness.events import Accept, Close, Ready, Unwatch, Wait
from harness.notation import body
from harness.spec.readiness.listening import NEVER_READABLE, told_readable
from harness.spec.readiness.parts import Listener, listeners, next_wait, of_each
from harness.trace import Trace
from harness.verdict import Verdict, failed, merge, not_applicable, passed, passed_by_absence

EXHAUSTED = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})


@clause(
    "RD-10",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A readable listener is accepted from before the loop waits again.",
    why="A level would be reported again at once, for ever; an edge never again, and the queue stays full.",
    source="readiness spec, Server side 2; epoll(7)",
)
def readiness_is_answered(trace: Trace) -> Verdict:
    told = [(listener, ready) for listener in listeners(trace) for ready in told_readable(listener)]
    return of_each((_is_answered(listener, ready) for listener, ready in told), NEVER_READABLE)


def _is_answered(listener: Listener, ready: Ready) -> Verdict:
    answers = (call for call in listener.rest_of_turn(ready) if isinstance(call, (Accept, Unwatch, Close)))
    if answer := next(answers, None):
        return passed(ready, answer)
    wait = next_wait(listener.trace, ready)
    return failed("the loop waited again without accept()", ready, wait) if wait else not_applicable("it ended there")


@clause(
    "RD-11",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Told by an edge, accept() is called until it says EAGAIN.",
    why="An edge tells that connections came, not how many; those left in the queue wait for the next arrival.",
    source="epoll(7), Q9 and EPOLLET; catalogue 0.6",
)
def an_edge_is_accepted_from_until_eagain(trace: Trace) -> Verdict:
    told = [(one, ready) for one in listeners(trace) for ready in told_readable(one) if "ET" in one.interest(ready)]
    return of_each((_is_emptied(listener, ready) for listener, ready in told), "no listener was told of by an edge")


def _is_emptied(listener: Listener, ready: Ready) -> Verdict:
    turn = listener.rest_of_turn(ready)
    last = turn.last(Accept)
    if last is None or last.error or turn.first(Close):
        return passed(ready, *([last] if last else []))
    wait = next_wait(listener.trace, ready)
    return failed(f"the last was {body(last)}", ready, last, *([wait] if wait else []))


@clause(
    "RD-12",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="EAGAIN of accept() ends the accepting and nothing else.",
    why="It says that nobody is waiting just now; it is no failure of the listener.",
    source="accept(2), ERRORS",
)
def eagain_is_no_error(trace: Trace) -> Verdict:
    refused = [
        (listener, accept) for listener in listeners(trace) for accept in listener.calls.each(Accept)
        if accept.error in WOULD_BLOCK
    ]  # fmt: skip
    return of_each((_goes_on(listener, accept) for listener, accept in refused), "accept() never said EAGAIN")


def _goes_on(listener: Listener, accept: Accept) -> Verdict:
    """A server may close its listener in the same turn, if it is for another reason: a connection that ended."""
    trace = listener.trace
    closed = listener.rest_of_turn(accept).first(Close)
    other = trace.between(accept, closed).first(Close, who=trace.subject) if closed else None
    if closed and other is None:
        return failed("the listener was closed", accept, closed)
    return passed(accept)


@clause(
    "RD-13",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Out of descriptors, accept() is not tried again before one is free or time has passed.",
    why="The connection stays in the queue and the listener readable: whoever goes on watching it spins.",
    source="accept(2), EMFILE; catalogue 0.6",
)
def out_of_descriptors_it_waits(trace: Trace) -> Verdict:
    failures = [
        (listener, [accept for accept in listener.calls.each(Accept) if accept.error in EXHAUSTED])
        for listener in listeners(trace)
    ]
    verdicts = [_waits(trace, listener, found) for listener, found in failures if found]
    return merge(verdicts) if verdicts else not_applicable("accept() always had a descriptor to give")


def _waits(trace: Trace, listener: Listener, exhausted: list[Accept]) -> Verdict:
    for one, again in pairwise(exhausted):
        between = trace.between(one, again)
        freed = between.first(Close, who=trace.subject)
        waits = between.each(Wait, who=trace.subject, count=0)
        timed_out = next((wait for wait in waits if wait.timeout_ms), None)
        if not freed and not timed_out:
            return failed("it was tried again, and nothing had changed", one, again)
    return passed_by_absence(*exhausted[:2])
