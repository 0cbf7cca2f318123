"""Says in which lane of the diagram an event stands, and in how few words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness import notation
from harness.events import (
    Callback,
    Counter,
    DnsAnswer,
    DnsQuery,
    Event,
    Exit,
    Fact,
    Fault,
    Mark,
    Packet,
    Peer,
    PeerReady,
    State,
    TcpState,
)
from harness.plain import one_line

ORDER = ("program", "calls", "tcp", "wire", "peer_tcp", "peer", "lab")

TITLES: dict[str, tuple[str, str]] = {
    "program": ("Program", "its own journal"),
    "calls": ("System calls", "and readiness"),
    "tcp": ("TCP", "of the subject"),
    "wire": ("Wire", "left: the subject"),
    "peer_tcp": ("TCP", "of the others"),
    "peer": ("Peer", "listener, accepted"),
    "lab": ("Lab", "faults, names, counters"),
}

MOODS: dict[str, str] = {
    "connecting": "wait", "SYN_SENT": "wait", "SYN_RECV": "wait", "NEW_SYN_RECV": "wait",
    "connected": "good", "ESTABLISHED": "good", "error": "bad", "listening": "calm", "LISTEN": "calm",
}  # fmt: skip
"""How a state is coloured; every other one is `idle`, and CLOSE has no bar at all."""

_SHORT: dict[type[Event], Callable[[Any], str]] = {
    State: lambda e: e.new,
    Callback: lambda e: f"{e.name}({e.args})",
    Fact: lambda e: f"{e.name} {e.text}",
    TcpState: lambda e: e.new,
    Counter: lambda e: f"{e.who} {e.name.removeprefix('TcpExt')} {e.rose:+}",
    Fault: lambda e: f"rule {e.rule}: {e.action}",
    DnsQuery: lambda e: f"{e.type}? {e.name}",
    DnsAnswer: lambda e: f"{e.type} {e.outcome} {e.answers}",
    Peer: lambda e: f"{e.action} {e.detail}",
    PeerReady: lambda e: f"{e.name} {e.mask}",
    Exit: lambda e: f"{e.who} exits {e.signal or e.status}",
    Mark: lambda e: e.text or e.name,
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """An event with its place: `row` counts from 0 in the diagram, `number` from 0 in the trace."""

    row: int
    number: int
    event: Event
    lane: str
    label: str
    after_ns: int

    @property
    def seconds(self) -> str:
        return f"{self.after_ns / 1e9:.6f}"


def lane_of(event: Event, subject: str) -> str:
    """One of ORDER. What another program than the subject says or calls stands in the lane of the peer."""
    ours = event.who in (subject, "")
    if isinstance(event, (Peer, PeerReady)):
        return "peer"
    by_point = {
        "subject": "program" if ours else "peer",
        "syscall": "calls" if ours else "peer",
        "kernel": "lab" if isinstance(event, Counter) else "tcp" if ours else "peer_tcp",
    }
    return by_point.get(event.point, event.point)


def label_of(event: Event) -> str:
    """A few harmless words; the log has the whole line."""
    if isinstance(event, Packet):
        return one_line(_packet(event)).strip()
    short = _SHORT.get(type(event), notation.body)
    return one_line(short(event)).strip()


def place(events: tuple[Event, ...], subject: str, first: int = 0, count: int | None = None) -> list[Drawn]:
    """Events `first` to `first + count` of a trace, each with its row, lane, label and time since the trace began."""
    last = len(events) if count is None else first + count
    start_ns = events[0].at_ns if events else 0
    return [
        Drawn(row, row + first, event, lane_of(event, subject), label_of(event), event.at_ns - start_ns)
        for row, event in enumerate(events[first:last])
    ]


def mood_of(state: str) -> str:
    return MOODS.get(state, "idle")


def _packet(packet: Packet) -> str:
    head = packet.flags or "-" if packet.proto == "tcp" else packet.proto
    size = f" {packet.size} B" if packet.size and packet.proto == "tcp" else ""
    return f"{head}{size} {packet.data or packet.info}"
