"""How connected sockets are read, on either end: when they are readable, how far they are read, how they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from harness.attempt import WOULD_BLOCK
from harness.clause import HOUSE, MUST, clause
from harness.events import Call, Callback, Close, Event, Ready, Recv, Send, ShutDown, Watch, bits
from harness.notation import body
from harness.spec.readiness.arrivals import end_of, unread
from harness.spec.readiness.parts import Accepted, Dial, Stream, accepted, next_wait, of_each, streams
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed

NOTHING_ACCEPTED = "nothing was accepted"
NEVER_READABLE = "no connection was ever readable"
NEVER_ENDED = "nobody told of the end of a connection"


def _told(stream: Stream, names: set[str], callback: str) -> Iterator[Event]:
    """Where the poller reported one of these bits of an established connection, or the journal said so."""
    if isinstance(stream, Dial) and stream.answer is None:
        return
    ready = stream.calls.after(stream.answer) if isinstance(stream, Dial) and stream.answer else stream.calls
    yield from (event for event in ready.each(Ready) if bits(event.mask) & names)
    said = stream.trace.remember("callbacks", lambda: _callbacks(stream.trace))
    yield from said.get((callback, stream.name), ())


def _callbacks(trace: Trace) -> dict[tuple[str, str], list[Callback]]:
    """What the subject's journal said, by name and arguments."""
    said: dict[tuple[str, str], list[Callback]] = defaultdict(list)
    for callback in trace.each(Callback, who=trace.subject):
        said[callback.name, callback.args].append(callback)
    return said


@clause(
    "RD-14",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="An accepted socket is made non-blocking before it is watched, read or written.",
    why="On Linux it does not inherit that from its listener; the first read without data would hold up everybody.",
    source="accept(2), NOTES",
)
def accepted_sockets_do_not_block(trace: Trace) -> Verdict:
    return of_each((_does_not_block(stream) for stream in accepted(trace)), NOTHING_ACCEPTED)


def _does_not_block(stream: Accepted) -> Verdict:
    used = (call for call in stream.calls.each(Call) if isinstance(call, (Watch, Recv, Send)))
    first = next(used, None)
    if first is None:
        return not_applicable("it was never used")
    if stream.does_not_block(first):
        return passed(stream.accept, first)
    return failed(f"it still blocked at {body(first)}", stream.accept, first)


@clause(
    "RD-15",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A connected socket is told readable only when data or an end has arrived that was not read yet.",
    why="The handshake makes nobody readable: the server learns of it by its listener, the client by writability.",
    source="readiness spec, Server side 3; tcp(7); scenario handshake-server",
)
def readable_when_something_arrived(trace: Trace) -> Verdict:
    told = [(stream, event) for stream in streams(trace) for event in _told(stream, {"IN"}, "readable")]
    on_the_wire = [(stream, event) for stream, event in told if len(stream.packets)]
    return of_each((_something_arrived(stream, event) for stream, event in on_the_wire), NEVER_READABLE)


def _something_arrived(stream: Stream, event: Event) -> Verdict:
    end = end_of(stream, event)
    if end or unread(stream, event) > 0:
        return passed(event, *([end] if end else []))
    return failed("nothing had arrived that was not read", event)


@clause(
    "RD-16",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="An accepted socket is read when the poller said that it is readable, and until it says EAGAIN.",
    why="Reading on suspicion costs a system call for nothing, unless TCP_DEFER_ACCEPT or Fast Open make it likely.",
    source="readiness spec, Server side 3",
)
def reads_when_readable(trace: Trace) -> Verdict:
    awaited = [one for one in accepted(trace) if not (one.listener.defers or one.listener.opens_fast)]
    return of_each((_reads_when_readable(stream) for stream in awaited), NOTHING_ACCEPTED)


def _reads_when_readable(stream: Accepted) -> Verdict:
    told: Ready | None = None
    for call in stream.calls.each(Call):
        if isinstance(call, Ready):
            told = call
        elif isinstance(call, Recv) and told is None:
            return failed("nothing had said that there is input", stream.accept, call)
        elif isinstance(call, Recv) and call.error in WOULD_BLOCK:
            told = None
    read = stream.calls.first(Recv)
    return passed(stream.accept, read) if read else not_applicable("it was never read")


@clause(
    "RD-17",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Told by an edge, a socket is read until EAGAIN, the end, or less than was asked for.",
    why="What is left unread makes no further edge, and the program waits for input that it has.",
    source="epoll(7), Q9",
)
def an_edge_is_read_to_its_end(trace: Trace) -> Verdict:
    told = [
        (stream, ready) for stream in streams(trace) for ready in stream.calls.each(Ready)
        if "IN" in bits(ready.mask) and "ET" in stream.interest(ready)
    ]  # fmt: skip
    return of_each((_is_read(stream, ready) for stream, ready in told), "no connection was told readable by an edge")


def _is_read(stream: Stream, ready: Ready) -> Verdict:
    turn = stream.rest_of_turn(ready)
    last = turn.last(Recv)
    renewed = turn.first(Watch, error="")  # epoll_ctl(MOD) makes an edge of what is ready
    if renewed or turn.first(Close) or (last and (last.error or last.result < last.size)):
        return passed(ready, *([last] if last else []))
    wait = next_wait(stream.trace, ready)
    if wait is None:
        return not_applicable("it ended there")
    return failed(f"the last was {body(last)}" if last else "it was not read", ready, wait)


@clause(
    "RD-18",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A connection is told to be at its end only when FIN or RST has arrived.",
    why="A read that says EAGAIN is a pause. RDHUP and a read of 0 are how the kernel tells of a FIN.",
    source="epoll_ctl(2), EPOLLRDHUP; recv(2)",
)
def ended_when_the_end_arrived(trace: Trace) -> Verdict:
    told = [(stream, event) for stream in streams(trace) for event in _told(stream, {"RDHUP", "HUP"}, "ended")]
    on_the_wire = [(stream, event) for stream, event in told if len(stream.packets)]
    return of_each((_the_end_arrived(stream, event) for stream, event in on_the_wire), NEVER_ENDED)


def _the_end_arrived(stream: Stream, event: Event) -> Verdict:
    own = (call for call in stream.calls.before(event).each(ShutDown) if call.how != "WR")
    if next(own, None):
        return not_applicable("the program itself had shut it")
    end = end_of(stream, event)
    return passed(end, event) if end else failed("neither FIN nor RST had arrived", event)


@clause(
    "RD-19",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="After RDHUP everything that arrived is read before the socket is closed.",
    why="RDHUP says that the peer sends no more, not that there is nothing left: data and FIN may arrive together.",
    source="epoll_ctl(2), EPOLLRDHUP; tcp(7); catalogue 0.1",
)
def the_rest_is_read(trace: Trace) -> Verdict:
    closed = [
        (stream, ready, close) for stream in streams(trace) for close in stream.calls.each(Close, by_exit=False)
        if (ready := _told_of_the_end(stream, close))
    ]  # fmt: skip
    return of_each((_is_read_out(stream, ready, close) for stream, ready, close in closed), NEVER_ENDED)


def _told_of_the_end(stream: Stream, close: Close) -> Ready | None:
    """A reset is another end: what was not read by then is lost, whatever the program does."""
    told = (ready for ready in stream.calls.before(close).each(Ready) if "RDHUP" in bits(ready.mask))
    return next((ready for ready in told if not bits(ready.mask) & {"ERR", "HUP"}), None)


def _is_read_out(stream: Stream, ready: Ready, close: Close) -> Verdict:
    left = unread(stream, close)
    return failed(f"{left} bytes were left unread", ready, close) if left > 0 else passed(ready, close)
