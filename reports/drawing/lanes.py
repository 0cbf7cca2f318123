"""Says in which lane and in which row of the diagram an event stands."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from harness.events import Counter, Event, Peer, PeerReady, Ready
from harness.plain import one_line
from reports.drawing.labels import Labels

ORDER = ("program", "calls", "ready", "tcp", "wire", "peer_tcp", "peer", "lab")

TITLES: dict[str, tuple[str, str]] = {
    "program": ("Subject", "what it says of itself"),
    "calls": ("System calls", "of the subject"),
    "ready": ("Readiness", "as it is told"),
    "tcp": ("TCP", "of the subject"),
    "wire": ("Wire", "left: the subject"),
    "peer_tcp": ("TCP", "of the others"),
    "peer": ("Peer", "listener, readiness"),
    "lab": ("Lab", "faults, names"),
}

PROGRAMS = {"subject": "program", "syscall": "calls"}

MOODS: dict[str, str] = {
    "connecting": "wait", "SYN_SENT": "wait", "SYN_RECV": "wait", "NEW_SYN_RECV": "wait",
    "connected": "good", "ESTABLISHED": "good", "error": "bad", "listening": "calm", "LISTEN": "calm",
    "resolving": "wait", "tls_handshake": "wait", "ready": "good",
}  # fmt: skip
"""How a state is coloured; every other one is `idle`, and CLOSE has no bar at all."""

PAUSE_NS = 10_000_000
PAUSE_SHARE = 20
"""A pause has a row of its own if it lasts 10 ms and a twentieth of the whole; shorter ones are the machine's."""


class Drawn(NamedTuple):
    """An event with its place: `row` counts from 0 in the diagram, `number` from 0 in the trace.

    `pause_ns` is the long silence before it, 0 if there was none: it takes the row above.
    """

    row: int
    number: int
    event: Event
    lane: str
    label: str
    after_ns: int
    seconds: str
    """The same in seconds, with six decimals."""
    pause_ns: int = 0


def lane_of(event: Event, subject: str) -> str:
    """One of ORDER. What another program than the subject says or calls stands in the lane of the peer."""
    return _lane_of(type(event), event.who in (subject, ""))


@cache
def _lane_of(kind: type[Event], ours: bool) -> str:
    if issubclass(kind, (Peer, PeerReady)):
        return "peer"
    if kind.point == "kernel":
        return "lab" if issubclass(kind, Counter) else "tcp" if ours else "peer_tcp"
    if kind.point in PROGRAMS:
        return "peer" if not ours else "ready" if issubclass(kind, Ready) else PROGRAMS[kind.point]
    return kind.point


def place(events: tuple[Event, ...], subject: str, first: int = 0, count: int | None = None) -> list[Drawn]:
    """Events `first` to `first + count` of a trace, each with its row, lane, label and time since the trace began.

    Where several other programs share the lane of the peer, each label there begins with a name.
    """
    last = len(events) if count is None else first + count
    start_ns = events[0].at_ns if events else 0
    labels, lanes = Labels(events), [lane_of(event, subject) for event in events]
    several = len({event.who for event, lane in zip(events, lanes, strict=True) if lane == "peer"}) > 1
    long_ns = max(PAUSE_NS, (events[-1].at_ns - start_ns) // PAUSE_SHARE if events else 0)
    row, before_ns, found = 0, start_ns, list[Drawn]()
    for number, event in enumerate(events[first:last], first):
        pause_ns = event.at_ns - before_ns if found and event.at_ns - before_ns >= long_ns else 0
        row += bool(pause_ns)
        after_ns = event.at_ns - start_ns
        lane, label = lanes[number], labels.of(event)
        if lane == "peer" and several:
            label = f"{one_line(event.who)}: {label}"
        found.append(Drawn(row, number, event, lane, label, after_ns, f"{after_ns / 1e9:.6f}", pause_ns))
        row, before_ns = row + 1, event.at_ns
    return found


def mood_of(state: str) -> str:
    return MOODS.get(state, "idle")
