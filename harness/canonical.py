"""The canonical form of a trace: what is left when everything has gone that may differ between two runs of the same
case.

Times, threads, frame numbers, window sizes and pushes go. What the kernel chose (`harness.chosen`) is renamed in
order of appearance. The rest is put in a fixed order: the lab acts only while every program sleeps, so between two of
its acts each lane is in order but the lanes race; they are written lane by lane, the subject's first. Neighbour
discovery and the readiness of the lab's own sockets are left out: their moments mean nothing; so are the waits of
programs beside the subject, which may look as often as they like, and the states of a connection whose SYN never
left, which only a look at the right moment sees. Of a connection within one host no packet is seen, and its FIN may
be acknowledged by itself or, within the 40 ms of a delayed ACK, with the answer: whether it was in FIN_WAIT2 says
nothing. Once a write was not taken whole, so is everything about how the stream was cut into writes, segments and
acknowledgements, and when there was room: how much the kernel takes is its own affair, and no clause judges it by the
byte. What TLS or HTTP/2 coded is left out wherever it is seen, and how long it was.

Two runs of a deterministic case have the same canonical form, and `digest` makes that comparable across runs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

from msgspec.structs import replace

from harness.accidents import cuts_of, is_bulk, is_coded, uncut, unread
from harness.attempt import WOULD_BLOCK
from harness.chosen import Names, Owners, chosen_ports, without_port
from harness.events import (
    Call,
    Connect,
    Counter,
    DnsAnswer,
    Event,
    Exit,
    Fault,
    Mark,
    OtherCall,
    Packet,
    Peer,
    PeerReady,
    Recv,
    Send,
    Socket,
    TcpState,
    Unwatch,
    Wait,
    Watch,
)
from harness.flows import port_of
from harness.notation import body, lane_of
from harness.trace import Trace

COUNTERS = frozenset({"TcpExtLockDroppedIcmps"})
"""The counters that witness a branch; others rise and fall with the machine's moods."""

HOUSEKEEPING = frozenset({"arp", "nd", "mld"})
DNS = 53
FAR_APART = 10_000
"""Threads of one program whose ids differ by more were made before and after the ids began anew: 32,768 is the least
number of ids that a kernel has by default (pid_max, proc(5))."""
REPEATED = re.compile(r"  (?:wait\(|ready\(\w+, (?:poll|select)\))")


def canonical(trace: Trace) -> str:
    """The trace without its accidents: one event a line, a blank line between two acts of the lab."""
    chosen = chosen_ports(trace)
    owners = Owners(trace, chosen)
    names = Names(trace, chosen, owners)
    return "\n".join("".join(f"{names.rename(line)}\n" for line in group) for group in _groups(trace, chosen, owners))


def digest(trace: Trace) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return sha256(canonical(trace).encode()).hexdigest()


def _groups(trace: Trace, chosen: frozenset[int], owners: Owners) -> Iterator[list[str]]:
    """What happened between two acts of the lab, ordered by lane, the act that ended it last."""
    threads, connections = _threads(trace), Connections(trace, owners)
    questions, unsent, within = _questions(trace), _unsent(trace), _within(trace)
    private, bulk, coded = _private_sockets(trace), is_bulk(trace), is_coded(trace)
    cuts = cuts_of(trace) if bulk else frozenset[int]()
    group: list[tuple[tuple[int, str, int], str]] = []
    for number, one in enumerate(trace.events):
        event = _in_one_step(one, within) if isinstance(one, TcpState) else one
        if number in cuts or not _counts(event, trace.subject, private, unsent):
            continue
        lane = lane_of(event, trace.subject)
        plain = _plain(without_port(event, questions, chosen), questions)
        plain = uncut(plain) if bulk else plain
        line = f"{lane}  {body(unread(plain) if coded else plain)}"
        if isinstance(event, (DnsAnswer, Peer)) or (isinstance(event, Packet) and event.phase == "arrived"):
            yield [*_ordered(group), line]
            group = []
        else:
            group.append((_rank(event, lane, trace.subject, threads, connections), line))
    if group:
        yield _ordered(group)


def _ordered(group: list[tuple[tuple[int, str, int], str]]) -> list[str]:
    """The lines of a group lane by lane. A wait that was only repeated is written once, and so is what poll(2) told
    again to who looked again: the waits of programs beside the subject are gone by now."""
    lines: list[str] = []
    for _, line in sorted(group, key=lambda entry: entry[0]):
        if not (lines and line == lines[-1] and REPEATED.search(line)):
            lines.append(line)
    return lines


def _rank(
    event: Event, lane: str, subject: str, threads: dict[tuple[str, int], int], connections: Connections
) -> tuple[int, str, int]:
    """Programs first (the subject before others, thread by thread), then journals, the wire, the kernel, the lab."""
    if isinstance(event, Call):
        return (0 if event.who == subject else 1, lane, threads[event.who, event.pid])
    if isinstance(event, Packet):
        return (4, event.src, 0)
    if isinstance(event, TcpState):  # what changed between two looks at the kernel was seen in no order
        return (5, f"{event.who} {event.remote.rpartition(':')[0]}", connections.number(event))
    if isinstance(event, Exit):  # two programs that end at once are heard of in no order
        return (7, f"{event.who} {event.status} {event.signal}", 0)
    orders = {"journal": 2, "kernel": 5, "lab": 6}
    return (orders.get(lane, 3 if lane.endswith("/journal") else 1), event.who if lane == "kernel" else lane, 0)


def _threads(trace: Trace) -> dict[tuple[str, int], int]:
    """A number for each thread of each program, in the order in which they were made, which is that of their ids: which
    of two is seen first, is a race. After the largest id the kernel begins again at the bottom."""
    seen = {(call.who, call.pid) for call in trace.each(Call)}
    highest = {who: max(pid for one, pid in seen if one == who) for who, _ in seen}
    in_order = sorted(seen, key=lambda key: (key[0], highest[key[0]] - key[1] > FAR_APART, key[1]))
    return {key: number for number, key in enumerate(in_order)}


class Connections:
    """A number for each connection, by its ports, in the order of their packets: a look sees them in no order."""

    def __init__(self, trace: Trace, owners: Owners) -> None:
        self._owners = owners
        seen = dict.fromkeys(self._ports(event) for event in trace.events if isinstance(event, (Packet, TcpState)))
        self._numbers = {ports: number for number, ports in enumerate(seen)}

    def number(self, state: TcpState) -> int:
        return self._numbers[self._ports(state)]

    def _ports(self, event: Packet | TcpState) -> frozenset[str]:
        if isinstance(event, Packet):
            ends = [(event.src, event.sport), (event.dst, event.dport)]
        else:
            ends = [(end.rpartition(":")[0], port_of(end)) for end in (event.local, event.remote)]
        return frozenset(self._owners.key(place, port) for place, port in ends)


def _private_sockets(trace: Trace) -> frozenset[tuple[str, str]]:
    """Sockets that speak to no network: netlink and the like, opened by the C library as it pleases."""
    return frozenset((e.who, e.sock) for e in trace.of(Socket) if e.family not in ("inet", "inet6", "unix"))


def _questions(trace: Trace) -> frozenset[tuple[str, str]]:
    """Sockets whose data has an id in it that is chosen at random: datagrams, and a resolver's streams."""
    asking = (call for call in trace.of(Connect) if port_of(call.address) == DNS)
    return frozenset((call.who, call.sock) for call in (*trace.of(Socket, type="dgram"), *asking))


def _counts(event: Event, subject: str, private: frozenset[tuple[str, str]], unsent: frozenset[str]) -> bool:
    """Whether the event is no accident as a whole."""
    if isinstance(event, Call):
        return (event.who, event.sock) not in private and (event.who == subject or not _is_a_look(event))
    if isinstance(event, TcpState):
        return event.local not in unsent and event.old != event.new
    if isinstance(event, Packet):
        return event.proto not in HOUSEKEEPING
    if isinstance(event, Counter):
        return event.name in COUNTERS
    return not isinstance(event, PeerReady)


def _is_a_look(call: Call) -> bool:
    """Whether a program beside the subject waited, or asked too early: curl looks again by timers of its own."""
    return isinstance(call, (Wait, Watch, Unwatch)) or call.error in WOULD_BLOCK


def _unsent(trace: Trace) -> frozenset[str]:
    """The own addresses of connections that were begun and given up without a packet."""
    seen: dict[str, set[str]] = defaultdict(set)
    for state in trace.of(TcpState):
        seen[state.local].add(state.new)
    ports = {port for packet in trace.of(Packet) for port in (packet.sport, packet.dport)}
    return frozenset(own for own, news in seen.items() if news <= {"SYN_SENT", "CLOSE"} and port_of(own) not in ports)


def _within(trace: Trace) -> frozenset[tuple[str, str]]:
    """The ends of connections whose other end is on the same host, each with its host."""
    ends = {(state.who, state.local) for state in trace.of(TcpState)}
    return frozenset((state.who, state.local) for state in trace.of(TcpState) if (state.who, state.remote) in ends)


def _in_one_step(state: TcpState, within: frozenset[tuple[str, str]]) -> TcpState:
    """FIN_WAIT2 is as FIN_WAIT1 there, whether a look came between the two or not."""
    if (state.who, state.local) not in within:
        return state
    old, new = ("FIN_WAIT1" if name == "FIN_WAIT2" else name for name in (state.old, state.new))
    return state if (old, new) == (state.old, state.new) else replace(state, old=old, new=new)


def _plain(event: Event, questions: frozenset[tuple[str, str]]) -> Event:
    """The event without what may differ: see the head of this module."""
    if isinstance(event, Packet):
        data = event.data if event.proto == "tcp" and DNS not in (event.sport, event.dport) else ""
        return replace(event, flags=event.flags.replace("P", ""), window=0, frame=0, data=data)
    if isinstance(event, Wait):
        return replace(event, timeout_ms=min(event.timeout_ms, 0), count=event.count and 1)
    if isinstance(event, (Send, Recv)) and (event.address or (event.who, event.sock) in questions):
        return replace(event, data="")
    if isinstance(event, Fault):
        return replace(event, frame=0)
    if isinstance(event, OtherCall):
        return replace(event, text="")
    return replace(event, text="") if isinstance(event, Mark) else event
