"""What becomes of a connection that ends, and of the server that has many."""

from __future__ import annotations

from harness.clause import HOUSE, MUST, clause
from harness.events import Call, Close, Exit, Mark, Send, ShutDown, Signal, Unwatch, Wait, Watch
from harness.spec import spinning
from harness.spec.chat.guests import Guest, guests, is_end, of_each
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

WAITS = 3
"""So often at most a server waits again before it closes a connection that has ended."""


@clause(
    "CH-19",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="A client's socket is unwatched before it is closed.",
    why="close() unwatches only if there is no duplicate; a watch that lives on tells the next client's events wrong.",
    source="epoll(7), Q6; chat spec, Deep Dive 5; catalogue 29, 43",
)
@of_each
def unwatched_then_closed(guest: Guest) -> Verdict:
    closed = guest.closed
    watch = guest.calls.before(closed).last(Watch, error="") if closed else None
    if closed is None or watch is None or not watch.poller.startswith("epoll"):
        return not_applicable("it was not closed while an epoll could have watched it")
    if guest.calls.between(watch, closed).first(Unwatch) is None:
        return failed("it was closed while it was still watched", watch, closed)
    return passed_by_absence(watch, closed)


@clause(
    "CH-20",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A connection that is known to have ended is closed, once what waits for it is written.",
    why="Each that is forgotten costs a descriptor, until none is left for those who come.",
    source="chat spec, Deep Dive 5; catalogue 58",
)
def what_has_ended_is_closed(trace: Trace) -> Verdict:
    ended = [guest for guest in guests(trace) if guest.end]
    for guest in ended:
        left = guest.calls.first(Close, by_exit=True)
        goes_on = guest.end and _waits_after(trace, guest.end) > WAITS and not guest.is_blocked(guest.end)
        if guest.closed is None and (left or goes_on):
            return failed_by_absence("it had ended, and was not closed", *([guest.end] if guest.end else []))
    return passed(*(guest.end for guest in ended if guest.end)) if ended else not_applicable("no peer has ended")


def _waits_after(trace: Trace, event: Call) -> int:
    return trace.after(event).count(Wait, who=trace.subject)


@clause(
    "CH-21",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Nothing is written to a connection after its own FIN, or after a call on it has failed for good.",
    why="It reaches nobody; after a reset it raises SIGPIPE, and after the own FIN it always does.",
    source="send(2), EPIPE; shutdown(2); catalogue 92",
)
@of_each
def nothing_is_written_after_the_end(guest: Guest) -> Verdict:
    broken = next((call for call in guest.calls.each(Call) if is_end(call) and call.error), None)
    shut = next((call for call in guest.calls.each(ShutDown) if call.how != "RD" and not call.error), None)
    over = min((call for call in (broken, shut) if call), key=guest.trace.number, default=None)
    if over is None:
        return not_applicable("it neither broke nor was shut")
    write = guest.calls.after(over).first(Send)
    return failed("it was written to after its end", over, write) if write else passed_by_absence(over)


@clause(
    "CH-22",
    force=MUST,
    needs={"lab"},
    per="trace",
    says="No client ends the server: it is not killed by a signal, and does not end in an error.",
    why="Writing to a connection that was reset raises SIGPIPE, and an errno that nobody thought of an exception.",
    source="signal(7); send(2), MSG_NOSIGNAL; catalogue 92, 97",
)
def no_client_ends_the_server(trace: Trace) -> Verdict:
    broken = trace.first(Signal, who=trace.subject, name="SIGPIPE")
    ended = trace.first(Exit, who=trace.subject)
    if ended is None or (ended.signal and trace.before(ended).last(Mark, name="deadline")):
        return not_applicable("it was still running when the case ended")
    if ended.signal or ended.status:
        why = f"it was killed by {ended.signal}" if ended.signal else f"it ended with status {ended.status}"
        return failed(why, *([broken] if broken else []), ended)
    return passed(ended)


@clause(
    "CH-23",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="No spinning: the same readiness is not reported again and again without any call on that socket between.",
    why="A level that nobody lowers is reported without pause: the loop burns a processor and serves nobody better.",
    source="epoll(7), level-triggered; catalogue 35, 38, 96",
)
def no_spinning(trace: Trace) -> Verdict:
    return spinning.no_spinning(trace)


@clause(
    "CH-24",
    force=MUST,
    needs={"syscall", "subject", "lab"},
    per="trace",
    says="When the server ends, it closes its doorway, says goodbye to all who are there, and closes each connection.",
    why="What is left to the exit is reset by the kernel, and takes with it what was on its way to the client.",
    source="close(2); RFC 1122, 4.2.2.13",
)
def ends_with_a_goodbye(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    if ended is None or ended.signal or not guests(trace):
        return not_applicable("it did not end by itself" if guests(trace) else "nobody was accepted")
    doorway = trace.first(Close, who=trace.subject, sock=guests(trace)[0].accept.sock)
    if doorway is None or doorway.by_exit:
        return failed_by_absence("the listener was left to the exit", *([doorway] if doorway else []), ended)
    for guest in guests(trace):
        if guest.closed is None:
            return failed_by_absence("a client was left to the exit", guest.accept, ended)
        if guest.is_inside(doorway) and not _is_told(guest, doorway):
            return failed_by_absence("a client was closed without a goodbye", doorway, guest.closed)
    return passed(doorway, ended)


def _is_told(guest: Guest, doorway: Close) -> bool:
    """Whether something was written to it afterwards, or it was gone by then without the server's knowing."""
    after = guest.calls.after(doorway)
    return after.first(Send) is not None or guest.end is not None or guest.is_blocked(doorway)
