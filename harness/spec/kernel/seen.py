"""What came back for an attempt, and what was asked of its socket meanwhile: the evidence that these clauses share.

Sequence numbers are relative, so an answer to the SYN acknowledges 1 and the first byte of the peer is number 1. What
does not fit is no answer: a segment or an ICMP error that anyone may have made up is judged by nobody here.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.attempt import Attempt
from harness.branches import ICMP
from harness.events import (
    Call,
    Connect,
    Event,
    GetSockOpt,
    Packet,
    Ready,
    Recv,
    Send,
    SetNonblocking,
    SetSockOpt,
    Watch,
    bits,
)
from harness.trace import Trace, View

HANGING_UP = ("epoll", "poll")
"""The pollers that have words for failure; select has none."""

REPORTED = frozenset({"IN", "OUT", "RDHUP"})
"""What a failed socket is ready for if asked; PRI means urgent data, the rest are ways of watching."""

RECVERR = ("IP_RECVERR", "IPV6_RECVERR")


def is_tcp(attempt: Attempt) -> bool:
    """Whether it is no Unix socket."""
    return attempt.opened is None or attempt.opened.family != "unix"


def is_nonblocking(attempt: Attempt) -> bool:
    """Whether the socket is known not to block when connect() is first called."""
    changed = attempt.before(attempt.connect).last(SetNonblocking, error="")
    return changed.on if changed else attempt.opened is not None and attempt.opened.nonblocking


def has_option(attempt: Attempt, *options: str) -> bool:
    """Whether one of these options was set on the socket, to whatever value."""
    return any(call.option in options for call in attempt.each(SetSockOpt, error=""))


def syns(attempt: Attempt) -> list[Packet]:
    """The SYNs that left, retransmissions included; none on the loopback, which no witness sees."""
    return attempt.of(Packet, phase="sent", flags="S", src=attempt.trace.subject)


def arrived(attempt: Attempt) -> list[Packet]:
    """The segments of the attempt that arrived at the subject."""
    return attempt.of(Packet, phase="arrived", dst=attempt.trace.subject)


def icmp(trace: Trace) -> View:
    """The ICMP messages that arrived at the subject's host. They do not say whose attempt they mean."""
    return trace.remember("icmp that arrived", lambda: trace.part(list(_icmp(trace))))


def _icmp(trace: Trace) -> Iterator[int]:
    for packet in trace.each(Packet, phase="arrived", dst=trace.subject):
        if packet.proto in ICMP:
            yield trace.number(packet)


def came_back(attempt: Attempt, until: Event | None) -> Packet | None:
    """The first thing of any kind that arrived for the attempt, or may have been meant for it, before this event."""
    segment = attempt.between(attempt.connect, until).first(Packet, phase="arrived", dst=attempt.trace.subject)
    message = icmp(attempt.trace).between(attempt.connect, until).first(Packet)
    return min((packet for packet in (segment, message) if packet), key=attempt.number, default=None)


def pending_until(attempt: Attempt) -> View:
    """What happened while the SYN was out and nothing had come back; nothing where no SYN was seen to leave."""
    first = next(iter(syns(attempt)), None)
    back = came_back(attempt, None)
    if not attempt.in_progress or first is None:
        return attempt.before(attempt.connect).after(attempt.connect)
    ready = attempt.first_readiness
    ends = [event for event in (back, ready) if event]
    return attempt.between(attempt.connect, min(ends, key=attempt.number, default=None))


def refusal(attempt: Attempt) -> Packet | None:
    """The RST that answers the SYN of plain TCP; of multipath TCP, whose socket shows less of it, K-25 speaks."""
    if attempt.opened is not None and attempt.opened.type == "mptcp":
        return None
    for packet in arrived(attempt):
        if "S" in packet.flags and packet.ack == 1:
            return None
        if "R" in packet.flags and "A" in packet.flags and packet.ack == 1:
            return packet
    return None


def acceptance(attempt: Attempt) -> Packet | None:
    """The SYN-ACK that answers the SYN."""
    answers = (packet for packet in arrived(attempt) if {"S", "A"} <= set(packet.flags) and packet.ack == 1)
    found = next(answers, None)
    died = refusal(attempt)
    return None if found is None or (died and attempt.number(died) < attempt.number(found)) else found


def in_order(attempt: Attempt) -> list[Packet]:
    """The segments after the SYN-ACK that carry the next byte that the kernel waits for, a FIN or a RST."""
    begun = acceptance(attempt)
    if begun is None:
        return []
    found: list[Packet] = []
    expected = begun.seq + 1
    for packet in attempt.after(begun).each(Packet, phase="arrived", dst=attempt.trace.subject):
        if packet.seq == expected:
            found.append(packet)
            expected += packet.size + ("F" in packet.flags)
    return found


def reset(attempt: Attempt) -> Packet | None:
    """The RST that ended the connection after its handshake."""
    return next((packet for packet in in_order(attempt) if "R" in packet.flags), None)


def end(attempt: Attempt) -> Packet | None:
    """The FIN of the peer."""
    return next((packet for packet in in_order(attempt) if "F" in packet.flags), None)


def takes_error(call: Call) -> bool:
    """Whether the call clears a pending error by telling of it."""
    return isinstance(call, (Send, Recv, Connect)) or (isinstance(call, GetSockOpt) and call.option == "SO_ERROR")


def taker(attempt: Attempt, since: Event) -> Call | None:
    """The first call after this event that took the pending error."""
    return next((call for call in attempt.after(since).each(Call) if takes_error(call)), None)


def reports(view: View) -> Iterator[Ready]:
    """The readiness told by pollers that have words for failure."""
    return (ready for ready in view.each(Ready) if ready.poller in HANGING_UP)


def untaken(attempt: Attempt, since: Event) -> list[Ready]:
    """The readiness that was told after this event and before anybody took the error or began anew."""
    return list(reports(attempt.between(since, taker(attempt, since))))


def asked(attempt: Attempt, ready: Ready) -> frozenset[str]:
    """What the poller had been asked for when it told this, ways of watching included."""
    watch = attempt.before(ready).last(Watch, poller=ready.poller, error="")
    return bits(watch.interest) if watch else frozenset()


def dead(attempt: Attempt, ready: Ready) -> frozenset[str]:
    """What a socket that died is ready for: whatever was asked, and ERR and HUP unasked."""
    return (asked(attempt, ready) & REPORTED) | {"ERR", "HUP"}


def is_edge(attempt: Attempt, ready: Ready) -> bool:
    return "ET" in asked(attempt, ready)


def next_connect(attempt: Attempt, after: Event) -> Connect | None:
    return attempt.after(after).first(Connect)
