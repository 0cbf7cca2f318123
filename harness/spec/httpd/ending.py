"""How connections and the server end, and that it rests while there is nothing to do."""

from __future__ import annotations

from harness.clause import HOUSE, MUST, clause
from harness.events import Accept, Call, Close, Event, Exit, Recv, Send, ShutDown, State, Unwatch, Wait, Watch
from harness.spec import spinning
from harness.spec.httpd.served import Served, next_wait, served, stopping
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

VAIN_WAITS = 10
"""So many waits in a row that may not block and bring nothing: a few come of timers that are due just now."""


@clause(
    "HT-18",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="The server rests: no readiness is reported again and again, and no wait after the other brings nothing.",
    why="A level that nobody lowers, or a wait that may not block, burns a processor and serves nobody better.",
    source="epoll(7), level-triggered; catalogue 35, 36, 38",
)
def the_server_rests(trace: Trace) -> Verdict:
    spun = spinning.no_spinning(trace)
    return spun if spun.outcome == "fail" else _rests_between(trace)


def _rests_between(trace: Trace) -> Verdict:
    vain: list[Wait] = []
    waits = trace.of(Wait, who=trace.subject)
    for wait in waits:
        if wait.timeout_ms or wait.count:
            vain.clear()
            continue
        vain.append(wait)
        if len(vain) >= VAIN_WAITS:
            return failed(f"{VAIN_WAITS} waits in a row could not block and brought nothing", vain[0], vain[-1])
    return passed_by_absence(waits[0]) if waits else not_applicable("nothing was ever waited for")


@clause(
    "HT-19",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="A socket that epoll watches is unwatched before it is closed.",
    why="close() unwatches only if there is no duplicate, of which a library need not tell: then the watch lives on.",
    source="epoll(7), Q6; catalogue 42-45",
)
def unwatched_before_closed(trace: Trace) -> Verdict:
    closed: list[Event] = []
    for one in served(trace):
        if one.closed is None:
            continue
        before = one.before(one.closed)
        watch = before.last(Watch, error="")
        if watch is None or not watch.poller.startswith("epoll"):
            continue
        if before.between(watch, None).first(Unwatch) is None:
            return failed("it was closed while it was still watched", watch, one.closed)
        closed.append(one.closed)
    return passed_by_absence(*closed[:1]) if closed else not_applicable("no socket that epoll watched was closed")


@clause(
    "HT-20",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="Every accepted socket is closed by the server itself: one that broke before the next wait, all in the end.",
    why="What is not closed stays a descriptor, a place under the cap, and a peer that waits.",
    source="close(2); catalogue 58, 107",
)
def everything_accepted_is_closed(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    for one in served(trace):
        wait = next_wait(trace, one.broken) if one.broken else None
        if one.broken and wait and (one.closed is None or one.number(one.closed) > one.number(wait)):
            return failed("the server waited again before the broken connection was closed", one.broken, wait)
        if one.closed is None and ended and not ended.signal:
            return failed_by_absence("it was left to the exit", one.accept, ended)
    if not served(trace):
        return not_applicable("nothing was accepted")
    return passed(served(trace)[0].accept)


@clause(
    "HT-26",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A server that stops closes its listener before it waits again, and accepts nobody any more.",
    why="Who is accepted now is not served any more; who is refused can go elsewhere at once.",
    source="httpd spec, Cleanup 3; catalogue 104",
)
def a_stopping_server_accepts_nobody(trace: Trace) -> Verdict:
    told = stopping(trace)
    if told is None:
        return not_applicable("the server was not told to stop")
    accepted = trace.after(told).first(Accept, who=trace.subject, error="")
    if accepted:
        return failed("a connection was accepted while the server stopped", told, accepted)
    wait = next_wait(trace, told)
    watch = _watched_listener(trace, wait) if wait else None
    if wait and watch:
        return failed("the server waited with its listener watched", told, watch, wait)
    return passed_by_absence(told)


def _watched_listener(trace: Trace, wait: Wait) -> Watch | None:
    """The watch of a socket that is accepted from, if it is in force when the wait begins."""
    for sock in dict.fromkeys(accept.sock for accept in trace.each(Accept, who=trace.subject)):
        calls = trace.before(wait).of(Call, sock=sock, who=trace.subject)
        last = next((call for call in reversed(calls) if isinstance(call, (Watch, Unwatch, Close))), None)
        if isinstance(last, Watch):
            return last
    return None


@clause(
    "HT-27",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="A server that stops ends connections with nothing under way, by a FIN at least, before it waits again.",
    why="An idle client would hold the stop up for as long as it may be idle.",
    source="RFC 9112, section 9.5; httpd spec, Cleanup 3",
)
def idle_connections_do_not_hold_up_the_stop(trace: Trace) -> Verdict:
    told = stopping(trace)
    if told is None:
        return not_applicable("the server was not told to stop")
    wait = next_wait(trace, told)
    for one in served(trace):
        if one.number(one.accept) > one.number(told) or _was_busy(one, told):
            continue
        ended = one.first(ShutDown, error="") or one.closed
        if wait and (ended is None or one.number(ended) > one.number(wait)):
            return failed("the server waited for a connection that was idle", told, one.accept, wait)
    return passed_by_absence(told)


def _was_busy(one: Served, told: State) -> bool:
    """Whether something had arrived that was not answered yet, or an answer was not gone yet."""
    before = one.before(told)
    read, write = before.last(Recv), before.last(Send)
    if write and (write.error or write.result < write.size):
        return True
    return read is not None and (write is None or one.number(write) < one.number(read))
