"""How a connection and the program itself end, and what happens to what was opened."""

from __future__ import annotations

from harness.attempt import STREAMS, WOULD_BLOCK, Attempt, attempts, is_dns
from harness.clause import HOUSE, MUST, clause
from harness.events import (
    Accept,
    Call,
    Close,
    Connect,
    Event,
    Exit,
    Mark,
    Recv,
    Send,
    Socket,
    State,
    Unwatch,
    Watch,
)
from harness.spec import spinning
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

OVER = frozenset({"connected", "error", "closed"})


@clause(
    "T9-20",
    force=MUST,
    needs={"syscall"},
    says="A watched socket is unwatched before it is closed, and a failed one is closed before the next wait.",
    why="A duplicate keeps the watch alive, the number is reused, and the next connection gets the last one's events.",
    source="epoll(7), Q6; catalogue 29, 42, 43, 45, 77",
)
def unwatched_then_closed(attempt: Attempt) -> Verdict:
    closed, failure = attempt.closed, _failure(attempt)
    wait = attempt.next_wait(failure) if failure else None
    if failure and wait and (closed is None or attempt.number(closed) > attempt.number(wait)):
        return failed("the loop waited again before the failed socket was closed", failure, wait)
    watch = _still_watched(attempt, closed) if closed else None
    if closed and watch:
        return failed("the socket was closed while it was still watched", watch, closed)
    if closed is None or (failure is None and attempt.first(Watch) is None):
        return not_applicable("the socket was never closed" if closed is None else "the socket was never watched")
    return passed_by_absence(*([failure] if failure else []), closed)


def _failure(attempt: Attempt) -> Event | None:
    """The call that told the subject that this socket has failed."""
    if attempt.failed_at_once:
        return attempt.connect
    read = attempt.decision
    if read and read.value != "0":
        return read
    calls = (call for call in attempt.after(attempt.connect).each(Call) if isinstance(call, (Send, Recv)))
    return next((call for call in calls if call.error not in ("", "EINTR", *WOULD_BLOCK)), None)


def _still_watched(attempt: Attempt, closed: Close) -> Watch | None:
    """The epoll registration that outlived the socket; poll and select keep none between two calls."""
    before = attempt.before(closed)
    watch = before.last(Watch, error="")
    if watch is None or not watch.poller.startswith("epoll"):
        return None
    return None if before.between(watch, None).first(Unwatch) else watch


@clause(
    "T9-25",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="After the outcome no connection is started (a late DNS answer starts nothing; no retry).",
    why="The caller has moved on: a connection that nobody waits for is never closed.",
    source="toy9 spec, Success Criteria 1; catalogue 117",
)
def nothing_starts_after_the_outcome(trace: Trace) -> Verdict:
    states = [event for event in trace.journal if isinstance(event, State)]
    over = next((state for state in states if state.new in OVER), None)
    if over is None:
        return not_applicable("no outcome was announced")
    for attempt in attempts(trace):
        last = trace.before(attempt.connect).last(State, who=trace.subject)
        if last and last.new in OVER:
            return failed(f"a connection was started after {last.new} was announced", last, attempt.connect)
    return passed_by_absence(over)


@clause(
    "T9-27",
    force=MUST,
    needs={"lab"},
    per="trace",
    says="The subject is not killed by a signal (SIGPIPE in particular).",
    why="Writing to a connection that was reset raises SIGPIPE, which kills whoever has not thought of it.",
    source="signal(7); send(2), MSG_NOSIGNAL; catalogue 92",
)
def not_killed_by_a_signal(trace: Trace) -> Verdict:
    ended = trace.first(Exit, who=trace.subject)
    if ended is None:
        return not_applicable("the subject was still running when the case ended")
    deadline = trace.before(ended).last(Mark, name="deadline")
    if ended.signal and deadline:
        return not_applicable("the lab ended it at the deadline")
    return failed(f"it was killed by {ended.signal}", ended) if ended.signal else passed(ended)


@clause(
    "T9-29",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="No spinning: the same readiness is not reported again and again without any call on that socket between.",
    why="A level that nobody lowers is reported without pause: the loop burns a processor and serves nobody better.",
    source="epoll(7), level-triggered; catalogue 29, 35, 36, 38, 46",
)
def no_spinning(trace: Trace) -> Verdict:
    return spinning.no_spinning(trace)


@clause(
    "T9-34",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="Every socket the subject opened is closed when it ends its work (by itself, before exit).",
    why="What a short program leaves to its exit, a long-running one leaks.",
    source="close(2); catalogue 58, 82",
)
def everything_is_closed(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    if ended is None or ended.signal:
        return not_applicable("the subject did not end by itself")
    opened = [event for event in _opened(trace) if not _is_resolvers(trace, event)]
    if not opened:
        return not_applicable("no socket was opened")
    closed = {close.sock for close in trace.before(ended).of(Close, who=trace.subject, by_exit=False)}
    left = [event for event in opened if (event.new if isinstance(event, Accept) else event.sock) not in closed]
    if left:
        return failed_by_absence("a socket was left open", *left, ended)
    return passed(*opened, ended)


def _opened(trace: Trace) -> list[Socket | Accept]:
    sockets = trace.of(Socket, who=trace.subject, error="")
    return [
        *(event for event in sockets if event.type in STREAMS and event.family in ("inet", "inet6")),
        *trace.of(Accept, who=trace.subject, error=""),
    ]


def _is_resolvers(trace: Trace, event: Socket | Accept) -> bool:
    """Whether the C library opened it to ask a name server over TCP."""
    asked = trace.first(Connect, sock=event.sock, who=trace.subject)
    return asked is not None and is_dns(trace, asked.address)
