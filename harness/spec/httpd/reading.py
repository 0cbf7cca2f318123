"""How requests are read: to the end of an edge, and no more than is wanted."""

from __future__ import annotations

from harness.accidents import HTTP2_PREFACE
from harness.clause import HOUSE, MUST, clause
from harness.events import Event, OtherCall, Ready, Recv, Send, ShutDown, Unwatch, Watch, bits
from harness.spec.httpd.served import Served, milliseconds, next_wait, served
from harness.trace import Trace, View
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

INPUT = frozenset({"IN", "RDHUP", "HUP", "ERR"})
END = frozenset({"RDHUP", "HUP", "ERR"})
TLS = "\x16"
"""A handshake record (RFC 8446, section 5.1): what is spoken inside cannot be seen."""


@clause(
    "HT-08",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Input that an edge has reported is read to its end, or the edge is asked for again, before the next wait.",
    why="The edge is reported once: what is left unread waits until the client happens to send more.",
    source="epoll(7), Q9: until EAGAIN, or until a read returns less than was asked for; catalogue 41",
)
def an_edge_is_read_to_its_end(trace: Trace) -> Verdict:
    drained: list[Event] = []
    for one in served(trace):
        for ready in one.each(Ready):
            wait = next_wait(trace, ready)
            watch = one.before(ready).last(Watch, error="")
            if wait is None or watch is None or not ("ET" in bits(watch.interest) and INPUT & bits(ready.mask)):
                continue
            left = _left_unread(one, ready, wait)
            if left:
                return failed("the server waited again before the edge was read to its end", ready, *left, wait)
            drained.append(ready)
    return passed_by_absence(*drained[:1]) if drained else not_applicable("no input was reported by an edge")


def _left_unread(one: Served, ready: Ready, wait: Event) -> list[Recv] | None:
    """The last read, if there may be more to be had; None if not."""
    since = one.between(ready, wait)
    if since.first(Watch) or since.first(Unwatch) or (one.closed and one.number(one.closed) < one.number(wait)):
        return None
    last = since.last(Recv)
    if last is None:
        return None if since.first(Send) and "OUT" in bits(ready.mask) else []
    is_over = bool(last.error) or not last.result or _is_empty(since.after(last))
    is_short = last.result < last.size and not END & bits(ready.mask)
    return None if is_over or is_short else [last]


def _is_empty(since: View) -> bool:
    """Whether the kernel was asked how much is left (FIONREAD, ioctl_tty(2)), and said that nothing is: nginx does."""
    return any("FIONREAD, [0]" in call.text for call in since.each(OtherCall))


@clause(
    "HT-09",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="Of a request that is not answered, no more is read than a head and a body may have, and one buffer.",
    why="What is read is kept: a client that sends without end would be given all the memory that there is.",
    source="RFC 9110, sections 15.5.14 and 5.4; httpd spec, Connections 3",
)
def reading_has_a_limit(trace: Trace) -> Verdict:
    head, body = milliseconds(trace, "head_bytes"), milliseconds(trace, "body_bytes")
    if head is None or body is None:
        return not_applicable("no limits were told")
    read: list[Event] = []
    for one in served(trace):
        total = 0
        for call in one:
            if isinstance(call, ShutDown):
                break  # what is read from here on is thrown away
            if isinstance(call, Send):
                total = 0
            elif isinstance(call, Recv) and not call.error:
                total += call.result
                read.append(call)
                if total > head + body + call.size:
                    return failed(f"{total} bytes were read without an answer", one.accept, call)
    return passed_by_absence(*read[:1]) if read else not_applicable("nothing was read")


@clause(
    "HT-14",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A client that begins with the preface of HTTP/2 is answered in HTTP/2, and any other one in HTTP/1.1.",
    why="The preface was chosen so that no HTTP/1 request can begin like it; it may arrive in any number of pieces.",
    source="RFC 9113, section 3.4; httpd spec, Connections 4",
)
def the_clients_protocol_is_spoken(trace: Trace) -> Verdict:
    spoken: list[Event] = []
    for one in served(trace):
        answer = one.first(Send)
        begun = "".join(read.data for read in one.each(Recv, error=""))[: len(HTTP2_PREFACE)]
        if answer is None or not begun or begun.startswith(TLS):
            continue
        if begun == HTTP2_PREFACE and not trace.keeps_journal:
            continue  # whether another program speaks HTTP/2 is not known; refusing it in HTTP/1 is lawful then
        if (begun == HTTP2_PREFACE) == answer.data.startswith("HTTP/1"):
            return failed(f"a client that began with {begun!r} was answered in another protocol", one.accept, answer)
        spoken.append(answer)
    return passed_by_absence(*spoken[:1]) if spoken else not_applicable("nobody was answered")
