"""How clients are let in: all who wait, without ever standing still, and with a word for each."""

from __future__ import annotations

from harness.clause import MUST, SHOULD, clause
from harness.events import (
    Accept,
    Call,
    Close,
    Ready,
    Recv,
    Send,
    SetNonblocking,
    SetSockOpt,
    ShutDown,
    Socket,
    Unwatch,
    Wait,
    Watch,
    bits,
)
from harness.spec.chat.guests import Guest, guests, is_sealed, next_wait, of_each
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

USED_UP = frozenset({"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})


@clause(
    "CH-01",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="The listener does not block: O_NONBLOCK is set before the first accept().",
    why="Who was reported may be gone or taken when accept() is called, and then a blocking one stands still for all.",
    source="accept(2), NOTES; catalogue 101",
)
def listener_does_not_block(trace: Trace) -> Verdict:
    first = trace.first(Accept, who=trace.subject)
    if first is None:
        return not_applicable("accept() was never called")
    opened = trace.first(Socket, who=trace.subject, sock=first.sock)
    switch = trace.before(first).last(SetNonblocking, who=trace.subject, sock=first.sock, error="")
    if switch.on if switch else opened is None or opened.nonblocking:
        return passed(*(event for event in (switch or opened, first) if event))
    return failed("accept() was called on a listener that blocks", *([opened] if opened else []), first)


@clause(
    "CH-02",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="An accepted socket does not block: O_NONBLOCK is set before it is read or written.",
    why="It is not inherited from the listener on Linux, and one client who does not read would stop all others.",
    source="accept(2), the flags of accept4(); catalogue 105",
)
@of_each
def accepted_does_not_block(guest: Guest) -> Verdict:
    used = next((call for call in guest.calls.each(Call) if isinstance(call, (Send, Recv))), None)
    if used is None:
        return not_applicable("it was neither read nor written")
    switch = guest.calls.before(used).last(SetNonblocking, error="")
    if switch.on if switch else guest.accept.nonblocking:
        return passed(switch or guest.accept, used)
    return failed("a socket that blocks was used", guest.accept, used)


@clause(
    "CH-03",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="After an edge on the listener, accept() is called until EAGAIN (or the listener is watched anew).",
    why="Several clients may come with one edge; those who are left in the queue wait for the next who comes.",
    source="epoll(7), Q9; catalogue 100",
)
def accepts_until_nobody_waits(trace: Trace) -> Verdict:
    listeners = {accept.sock for accept in trace.of(Accept, who=trace.subject)}
    edges = [
        ready for ready in trace.of(Ready, who=trace.subject) if ready.sock in listeners and _is_edge(trace, ready)
    ]
    for ready in edges:
        wait = next_wait(trace, ready)
        if wait is None:
            continue
        calls = [c for c in trace.between(ready, wait).each(Call) if c.sock == ready.sock and c.who == trace.subject]
        if not any(isinstance(call, (Watch, Unwatch, Close)) or call.error for call in calls):
            return failed("the loop waited again, and accept() had not said that nobody waits", ready, *calls, wait)
    return passed_by_absence(*edges) if edges else not_applicable("the listener was not watched for edges")


def _is_edge(trace: Trace, ready: Ready) -> bool:
    watch = trace.before(ready).last(Watch, who=trace.subject, sock=ready.sock)
    return watch is not None and "ET" in bits(watch.interest)


@clause(
    "CH-04",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="While there are no descriptors left, the listener is not waited for.",
    why="Who waits in the queue keeps it readable, so the loop would turn without pause, and serve nobody better.",
    source="accept(2), EMFILE; catalogue 96; joyent/libuv#690",
)
def no_run_against_the_wall(trace: Trace) -> Verdict:
    refused = [accept for accept in trace.of(Accept, who=trace.subject) if accept.error in USED_UP]
    for accept in refused:
        wait = next_wait(trace, accept, blocking=True)
        if wait and not _has_changed(trace, accept, wait):
            return failed(f"accept() had failed with {accept.error}, and the listener was waited for", accept, wait)
    return passed_by_absence(*refused) if refused else not_applicable("there were always descriptors")


def _has_changed(trace: Trace, accept: Accept, wait: Wait) -> bool:
    """Whether the listener was taken out of the poller, or something was closed meanwhile; an edge is not repeated."""
    since = [call for call in trace.between(accept, wait).each(Call) if call.who == trace.subject]
    if any(isinstance(call, Close) or (isinstance(call, Accept) and not call.error) for call in since):
        return True
    last = trace.before(wait).last(Watch, who=trace.subject, sock=accept.sock)
    gone = trace.before(wait).last(Unwatch, who=trace.subject, sock=accept.sock)
    if last is None or (gone and trace.number(gone) > trace.number(last)):
        return True
    return "IN" not in bits(last.interest) or "ET" in bits(last.interest)


@clause(
    "CH-05",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Every client who is accepted is told something before its connection ends, unless it ends it first.",
    why="A connection that stands and then is gone without a word looks like a broken network to whoever made it.",
    source="chat spec, How to Run 1; catalogue 103",
)
@of_each
def everybody_is_told(guest: Guest) -> Verdict:
    trace, told = guest.trace, guest.calls.first(Send)
    own = [event for event in (guest.closed, guest.calls.first(ShutDown)) if event]
    ended = min(own, key=trace.number, default=None)
    if told and (ended is None or trace.number(told) < trace.number(ended)):
        return passed(guest.accept, told)
    if guest.end and (ended is None or trace.number(guest.end) < trace.number(ended)):
        return not_applicable("it had ended before anything could be said")
    if ended and is_sealed(trace):
        return not_applicable("it never agreed on how to seal a word")
    if ended:
        return failed_by_absence("it was closed without a word", guest.accept, ended)
    if next_wait(trace, guest.accept, blocking=True) is None:
        return not_applicable("the recording ends before anything could be said")
    return failed_by_absence("it was let in, and nothing was said to it", guest.accept)


@clause(
    "CH-25",
    force=SHOULD,
    needs={"syscall"},
    per="trace",
    says="A client who vanished without a word is found: keepalive and TCP_USER_TIMEOUT are set on its socket.",
    why="Without FIN or RST a connection stands for hours; keepalive does not run while an acknowledgement is awaited.",
    source="tcp(7), TCP_USER_TIMEOUT; catalogue 107; FreeRDP/FreeRDP#2409",
)
def the_vanished_are_found(trace: Trace) -> Verdict:
    inside = guests(trace)
    if not inside:
        return not_applicable("nobody was accepted")
    for guest in inside:
        on_it = [*trace.of(SetSockOpt, who=trace.subject, sock=guest.sock, error="")]
        before = trace.before(guest.accept).of(SetSockOpt, who=trace.subject, sock=guest.accept.sock, error="")
        missing = {"SO_KEEPALIVE", "TCP_USER_TIMEOUT"} - {option.option for option in (*before, *on_it)}
        if missing:
            return failed_by_absence(f"without {' and '.join(sorted(missing))} nobody notices", guest.accept)
    return passed(*(guest.accept for guest in inside))
