"""The sockets of the subject by their part: those that listen, those that were accepted, those that dialled.

A program's journal calls them `listener`, `accepted1`, `accepted2` ... in the order of accept(), and `client`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice

from harness.events import (
    Accept,
    Bind,
    Call,
    Connect,
    Event,
    Listen,
    Packet,
    Send,
    SetNonblocking,
    SetSockOpt,
    Socket,
    Unwatch,
    Wait,
    Watch,
    bits,
)
from harness.flows import PENDING, port_of
from harness.trace import Trace, View
from harness.verdict import Verdict, merge, not_applicable

INTERNET = ("inet", "inet6")


class Part:
    """One socket: `calls` are what the subject asked of it."""

    def __init__(self, trace: Trace, sock: str, name: str) -> None:
        self.trace, self.sock, self.name = trace, sock, name
        self.calls: View = trace.part(trace.calls_on(sock, trace.subject))

    def does_not_block(self, before: Event) -> bool:
        """Whether it had been made non-blocking, whichever way, when this happened."""
        last = self.calls.before(before).last(SetNonblocking, error="")
        return last.on if last else self.is_born_nonblocking

    @cached_property
    def is_born_nonblocking(self) -> bool:
        opened = self.calls.first(Socket)
        return bool(opened and opened.nonblocking)

    def interest(self, at: Event) -> frozenset[str]:
        """What the poller was asked to report of it when this happened; nothing if it was not watched."""
        calls = self.calls.before(at)
        watch = calls.last(Watch, error="")
        ended = calls.after(watch).last(Unwatch, error="") if watch else None
        return bits(watch.interest) if watch and not ended else frozenset()

    def rest_of_turn(self, event: Call) -> View:
        """What was asked of this socket from then on until the same thread waited again."""
        return self.calls.between(event, next_wait(self.trace, event))


class Listener(Part):
    """A socket with listen(); `defers` with TCP_DEFER_ACCEPT, `opens_fast` with TCP_FASTOPEN."""

    @cached_property
    def port(self) -> int:
        bound = self.calls.first(Bind, error="")
        return port_of(bound.address) if bound else 0

    @cached_property
    def defers(self) -> bool:
        return self.calls.first(SetSockOpt, option="TCP_DEFER_ACCEPT", error="") is not None

    @cached_property
    def opens_fast(self) -> bool:
        return self.calls.first(SetSockOpt, option="TCP_FASTOPEN", error="") is not None


class Stream(Part):
    """A socket with a connection, or on its way to one; `packets` are what arrived for it."""

    def __init__(self, trace: Trace, sock: str, name: str, ports: tuple[int, int]) -> None:
        super().__init__(trace, sock, name)
        self.own_port, self.peer_port = ports

    @cached_property
    def packets(self) -> View:
        """TCP segments only."""
        arrived = self.trace.remember("arrived segments", lambda: _by_ports(self.trace))
        return self.trace.part(arrived.get((self.own_port, self.peer_port), []))


class Accepted(Stream):
    """What accept() returned."""

    def __init__(self, trace: Trace, listener: Listener, accept: Accept, name: str) -> None:
        super().__init__(trace, accept.new, name, (listener.port, port_of(accept.address)))
        self.listener, self.accept = listener, accept

    @cached_property
    def is_born_nonblocking(self) -> bool:
        return self.accept.nonblocking


class Dial(Stream):
    """A socket that connects: by connect(), or by sendto() with MSG_FASTOPEN, which gives data along."""

    def __init__(self, trace: Trace, call: Connect | Send) -> None:
        super().__init__(trace, call.sock, "client", _ports(trace, call))
        self.call = call

    @property
    def in_progress(self) -> bool:
        """Whether the outcome was left to be awaited. Data that was taken is no outcome."""
        return self.call.error in PENDING or (isinstance(self.call, Send) and not self.call.error)

    @cached_property
    def answer(self) -> Packet | None:
        """The SYN-ACK, when it arrived."""
        return next((packet for packet in self.packets.each(Packet) if {"S", "A"} <= set(packet.flags)), None)


def listeners(trace: Trace) -> tuple[Listener, ...]:
    found = (Listener(trace, call.sock, "listener") for call in trace.of(Listen, who=trace.subject, error=""))
    return trace.remember("listeners", lambda: tuple(found))


def accepted(trace: Trace) -> tuple[Accepted, ...]:
    return trace.remember("accepted", lambda: tuple(_accepted(trace)))


def dials(trace: Trace) -> tuple[Dial, ...]:
    return trace.remember("dials", lambda: tuple(Dial(trace, call) for call in _first_calls(trace)))


def streams(trace: Trace) -> tuple[Stream, ...]:
    return (*dials(trace), *accepted(trace))


def of_each(verdicts: Iterable[Verdict], otherwise: str) -> Verdict:
    """Several sockets' verdicts as one; not applicable, because of what `otherwise` says, if there are none."""
    found = list(verdicts)
    return merge(found) if found else not_applicable(otherwise)


def next_wait(trace: Trace, event: Call) -> Wait | None:
    """The next wait of the thread that did this."""
    return trace.after(event).first(Wait, who=event.who, pid=event.pid)


def _accepted(trace: Trace) -> Iterator[Accepted]:
    of = {listener.sock: listener for listener in listeners(trace)}
    calls = [call for call in trace.of(Accept, who=trace.subject, error="") if call.sock in of]
    for number, call in enumerate(calls, 1):
        yield Accepted(trace, of[call.sock], call, f"accepted{number}")


def _first_calls(trace: Trace) -> Iterator[Connect | Send]:
    opened = (sock for sock in trace.of(Socket, who=trace.subject, type="stream") if sock.family in INTERNET)
    for sock in opened:
        calls = trace.part(trace.calls_on(sock.sock, trace.subject))
        dialled = (call for call in calls if isinstance(call, Connect) or (isinstance(call, Send) and call.address))
        yield from islice(dialled, 1)


def _by_ports(trace: Trace) -> dict[tuple[int, int], list[int]]:
    """The numbers of the segments that arrived at the subject, by their ports there and where they came from."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for packet in trace.each(Packet, phase="arrived", proto="tcp", dst=trace.subject):
        found[packet.dport, packet.sport].append(trace.number(packet))
    return found


def _ports(trace: Trace, call: Connect | Send) -> tuple[int, int]:
    """Of the first SYN that left for there after the call, from a port from which none had left before it."""
    number, port = trace.number(call), port_of(call.address)
    began = trace.remember("first SYNs", lambda: _first_syns(trace))
    syns = trace.after(call).each(Packet, phase="sent", proto="tcp", flags="S", src=trace.subject, dport=port)
    return next((syn.sport for syn in syns if began[syn.sport] > number), 0), port


def _first_syns(trace: Trace) -> dict[int, int]:
    """For each of the subject's ports, the number of the first SYN that left from it."""
    began: dict[int, int] = {}
    for syn in trace.each(Packet, phase="sent", flags="S", src=trace.subject):
        began.setdefault(syn.sport, trace.number(syn))
    return began
