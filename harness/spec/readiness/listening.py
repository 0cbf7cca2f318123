"""How a server listens: what makes its listener readable."""

from __future__ import annotations

from collections.abc import Iterator

from harness.attempt import WOULD_BLOCK
from harness.clause import MUST, clause
from harness.events import Accept, Call, Callback, Event, PeerReady, Ready, bits
from harness.spec.readiness.arrivals import completed, crossed_the_wire, taken
from harness.spec.readiness.parts import Listener, listeners, of_each
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed

NOBODY = "the subject does not listen"
NEVER_READABLE = "the listener was never readable"
NEVER_ACCEPTED = "accept() was never called"


def told_readable(listener: Listener) -> list[Ready]:
    """Where the poller said so."""
    return [ready for ready in listener.calls.each(Ready) if "IN" in bits(ready.mask)]


@clause(
    "RD-07",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A listener does not block when accept() is called on it.",
    why="The connection may be gone again, or another process may have taken it; accept() would wait for the next.",
    source="accept(2), NOTES; UNIX Network Programming, 16.6",
)
def the_listener_does_not_block(trace: Trace) -> Verdict:
    return of_each((_does_not_block(listener) for listener in listeners(trace)), NOBODY)


def _does_not_block(listener: Listener) -> Verdict:
    first = listener.calls.first(Accept)
    if first is None:
        return not_applicable(NEVER_ACCEPTED)
    if listener.does_not_block(first):
        return passed(first)
    return failed("accept() was called on a listener that blocks", first)


@clause(
    "RD-08",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="accept() is called when the poller said that the listener is readable, and until it says EAGAIN.",
    why="Between EAGAIN and the next readiness there is nothing to accept; asking is a busy wait.",
    source="readiness spec, Server side 1 and Server side 2; accept(2)",
)
def accepts_when_readable(trace: Trace) -> Verdict:
    return of_each((_accepts_when_readable(listener) for listener in listeners(trace)), NOBODY)


def _accepts_when_readable(listener: Listener) -> Verdict:
    told: Ready | None = None
    for call in listener.calls.each(Call):
        if isinstance(call, Ready):
            told = call
        elif isinstance(call, Accept) and told is None:
            return failed("nothing had said that there is a connection", call)
        elif isinstance(call, Accept) and call.error in WOULD_BLOCK:
            told = None
    first = listener.calls.first(Accept)
    return passed(first) if first else not_applicable(NEVER_ACCEPTED)


@clause(
    "RD-09",
    force=MUST,
    needs={"syscall", "wire", "lab"},
    per="trace",
    says="A listener is told readable only when a handshake is complete that nobody has accepted yet.",
    why="The final ACK completes it, not the SYN-ACK; TCP_DEFER_ACCEPT waits for data as well, and for "
    "Fast Open a SYN with data is enough.",
    source="readiness spec, Server side 2 and Diagram; tcp(7); RFC 7413; scenario premature-accept",
)
def readable_when_complete(trace: Trace) -> Verdict:
    told = list(_tellings(trace))
    if not told:
        return not_applicable(NEVER_READABLE)
    if not all(crossed_the_wire(trace, host) for host in {event.who for event, _ in told}):
        return not_applicable("the connections did not come over the wire")
    for event, listener in told:
        if completed(trace, event.who, listener, event) <= taken(trace, event.who, listener, event):
            return failed("no handshake was complete but those already accepted", event)
    return passed(*(event for event, _ in told[:3]))


def _tellings(trace: Trace) -> Iterator[tuple[Event, Listener | None]]:
    """Whoever says so: the poller, the program, or the lab of its own listener."""
    for listener in listeners(trace):
        yield from ((ready, listener) for ready in told_readable(listener))
    if len(listeners(trace)) == 1:
        said = trace.of(Callback, who=trace.subject, name="readable", args="listener")
        yield from ((event, listeners(trace)[0]) for event in said)
    seen = trace.of(PeerReady, name="listener")
    yield from ((event, None) for event in seen if "IN" in bits(event.mask))
