"""Claims: which events of a trace somebody accounts for, and which nobody does.

A clause judges what it looks for, and sees nothing else. A program that does its job, and something else beside it,
would pass; so what no clause, no line of the scenario and no protocol on the wire accounts for is listed with the
result. A packet is accounted for by its conversation: the subject was told to connect there, or another program of the
scenario did; a name server was asked, or a neighbour; or the scenario put it on the wire itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.events import Connect, Event, Fault, OtherCall, Packet, Ready, Send, TcpState, Watch
from harness.flows import port_of
from harness.trace import Trace

DNS = 53
NEIGHBOURS = frozenset({"arp", "nd"})
PARTS = frozenset({"icmp", "fragment"})
"""An ICMP error quotes what its receiver sent (RFC 1122, 3.2.2); a fragment is a piece of what its sender sent."""

Flow = frozenset[tuple[str, int]]
"""Both ends of a conversation, each a host and a port."""


class Claims:
    """What is known of a trace that accounts for its events."""

    def __init__(self, trace: Trace, judged: Iterable[int] = ()) -> None:
        self._trace, self._judged = trace, frozenset(judged)
        self._faults = frozenset(fault.frame for fault in trace.of(Fault))
        calls: tuple[Connect | Send, ...] = (*trace.of(Connect), *trace.of(Send))
        self._called = {(call.who, port_of(call.address)) for call in calls if self._is_meant(call)}
        self._resolving = {(call.who, call.sock) for call in trace.of(Connect) if port_of(call.address) == DNS}
        self._flows: set[Flow] = {_flow(packet) for packet in trace.of(Packet, proto="tcp") if self._opens(packet)}
        self._ends = {end for flow in self._flows for end in flow} | self._called
        self._spoke = {packet.src for packet in trace.of(Packet) if packet.proto not in PARTS}
        self._watched = {(watch.who, watch.sock) for watch in trace.of(Watch)}

    def _is_meant(self, call: Connect | Send) -> bool:
        """Whether the scenario says that this call may be made: the subject's only to where it was told to connect."""
        target = self._trace.setting("target").rpartition(" ")[2]
        told = call.who != self._trace.subject or self._trace.setting("calls") == "listed"
        return bool(call.address) and (told or not target or str(port_of(call.address)) == target)

    def unclaimed(self) -> tuple[Event, ...]:
        """In the order of the trace."""
        return tuple(event for event in self._trace.events if not self._is_claimed(event))

    def _is_claimed(self, event: Event) -> bool:
        explain = EXPLAIN.get(type(event))
        return explain is None or self._trace.number(event) in self._judged or explain(self, event)

    def packet(self, packet: Packet) -> bool:
        if packet.frame in self._faults or packet.proto in NEIGHBOURS or DNS in (packet.sport, packet.dport):
            return True
        if packet.proto == "tcp":
            return _flow(packet) in self._flows
        if packet.proto in PARTS:
            return bool({packet.src, packet.dst} & self._spoke)
        return bool({(packet.src, packet.dport), (packet.dst, packet.sport)} & self._called)

    def _opens(self, packet: Packet) -> bool:
        """The SYN of a call of connect() or of sendto() with MSG_FASTOPEN, or one that the scenario itself sends."""
        return packet.flags == "S" and ((packet.src, packet.dport) in self._called or packet.frame in self._faults)

    def other(self, call: OtherCall) -> bool:
        """The resolver of the C library asks how much has come in (FIONREAD) before it reads an answer."""
        return (call.who, call.sock) in self._resolving

    def readiness(self, ready: Ready) -> bool:
        return (ready.who, ready.sock) in self._watched

    def state(self, state: TcpState) -> bool:
        """A listener has no other end; everything else belongs to a conversation on the wire or within its host."""
        local, remote = port_of(state.local), port_of(state.remote)
        if not remote or DNS in (local, remote):
            return True
        return bool({(state.who, local), (state.who, remote)} & self._ends)


def _flow(packet: Packet) -> Flow:
    return frozenset({(packet.src, packet.sport), (packet.dst, packet.dport)})


EXPLAIN: dict[type[Event], Callable[[Claims, Event], bool]] = {
    Packet: lambda claims, event: isinstance(event, Packet) and claims.packet(event),
    Ready: lambda claims, event: isinstance(event, Ready) and claims.readiness(event),
    TcpState: lambda claims, event: isinstance(event, TcpState) and claims.state(event),
    OtherCall: lambda claims, event: isinstance(event, OtherCall) and claims.other(event),
}
"""The kinds that have to be accounted for. Clauses alone speak of what a program says of itself."""
