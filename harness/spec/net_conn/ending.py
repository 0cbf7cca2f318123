"""What is left of a connection: nothing."""

from __future__ import annotations

from harness.attempt import Attempt, is_dns
from harness.clause import HOUSE, MUST, clause
from harness.events import Close, Connect, Exit, Socket, Unwatch, Watch
from harness.spec import spinning
from harness.spec.net_conn.story import UNHEARD, is_unheard
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence


@clause(
    "NC-24",
    force=MUST,
    needs={"syscall"},
    says="A socket that is watched is unwatched before it is closed.",
    why="A duplicate keeps the watch alive, the number is reused, and the next connection gets the last one's events.",
    source="net_conn spec, Closing 1; epoll(7), Q6; catalogue 42, 45, 77",
)
def unwatched_then_closed(attempt: Attempt) -> Verdict:
    closed = attempt.closed
    watch = attempt.before(closed).last(Watch, error="") if closed else None
    if closed is None or watch is None:
        return not_applicable("it was never watched" if closed else "it was never closed")
    is_kept = watch.poller.startswith("epoll")  # poll and select keep nothing between two calls
    if is_kept and not attempt.between(watch, closed).first(Unwatch):
        return failed("the socket was closed while it was watched", watch, closed)
    return passed_by_absence(watch, closed)


@clause(
    "NC-25",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="Every socket that was opened, also for an address that failed, is closed before the program ends.",
    why="What a short program leaves to its exit, a long-running one leaks.",
    source="net_conn spec, Closing 1; catalogue 58, 82",
)
def everything_is_closed(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    if ended is None or ended.signal:
        return not_applicable("the subject did not end by itself")
    opened = [
        event
        for event in trace.of(Socket, who=trace.subject, error="", type="stream")
        if event.family in ("inet", "inet6") and not _is_resolvers(trace, event)
    ]
    closed = {close.sock for close in trace.before(ended).of(Close, who=trace.subject, by_exit=False)}
    left = [event for event in opened if event.sock not in closed]
    if left:
        return failed_by_absence("a socket was left open", *left, ended)
    return passed(*opened, ended) if opened else not_applicable("no socket was opened")


def _is_resolvers(trace: Trace, event: Socket) -> bool:
    """Whether the C library opened it to ask a name server over TCP."""
    asked = trace.first(Connect, sock=event.sock, who=trace.subject)
    return asked is not None and is_dns(trace, asked.address)


@clause(
    "NC-26",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="No spinning: the same readiness is not reported again and again without any call on that socket between.",
    why="A level that nobody lowers is reported without pause: the loop burns a processor and serves nobody better.",
    source="epoll(7), level-triggered; catalogue 29, 35, 36, 38",
)
def no_spinning(trace: Trace) -> Verdict:
    if is_unheard(trace):
        return not_applicable(UNHEARD)
    return spinning.no_spinning(trace)
