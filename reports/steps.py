"""A handshake in steps: what each packet changed for the sockets and the kernels of both ends.

A step is a call of listen(), connect() or sendto(), or a segment that arrives, with everything that came of it before
the next one. Readiness is what a poller said at that step; of a listener that the lab holds it is what it is. The TCP
states are those of the step's own connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.events import (
    Accept,
    Connect,
    Event,
    Listen,
    Packet,
    PeerReady,
    Phase,
    Ready,
    Send,
    Socket,
    TcpState,
)  # fmt: skip
from harness.flows import port_of

NOTHING = "-"
COLUMNS = ("what happened", "client", "client TCP", "listener", "accepted", "server TCP")
READINESS = ("client", "listener", "accepted")
DNS = ":53"

Ports = frozenset[int]
"""Both ports of a connection; empty where a trace names none, or there is none yet."""


class Row(NamedTuple):
    """One step: what it was, and the state of everybody when nothing more came of it."""

    what: str
    client: str
    client_tcp: str
    listener: str
    accepted: str
    server_tcp: str


@dataclass(slots=True)
class Step:
    """A row in the making: `left` are the segments that were sent, `tcp` states by end."""

    what: str
    ports: Ports = frozenset()
    left: list[str] = field(default_factory=list)
    readiness: dict[str, str] = field(default_factory=dict)
    tcp: dict[str, str] = field(default_factory=dict)

    def row(self) -> Row:
        leaves = f", {' and '.join(self.left)} {'leaves' if len(self.left) == 1 else 'leave'}" if self.left else ""
        client, listener, accepted = (self.readiness.get(part, NOTHING) for part in READINESS)
        client_tcp, server_tcp = (self.tcp.get(end, NOTHING) for end in ("client", "server"))
        return Row(self.what + leaves, client, client_tcp, listener, accepted, server_tcp)


def rows(events: Sequence[Event]) -> list[Row]:
    """The steps of a recorded case, in their order."""
    story = _Story(events)
    for event in events:
        story.go_on(event)
    return [step.row() for step in story.steps]


def lines(found: Sequence[Row]) -> Iterator[str]:
    """The head of the table and its rows, as text, one by one."""
    table = [COLUMNS, *found]
    widths = [max(len(row[place]) for row in table) for place in range(len(COLUMNS))]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


class _Story:
    """The steps so far. What each socket is, by program and name, is known from the start."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.steps: list[Step] = []
        self._parts = _parts(events)
        self._client = next((who for (who, _), part in self._parts.items() if part == "client"), "client")
        segments = (event for event in events if isinstance(event, Packet) and event.proto == "tcp")
        self._connections = list(dict.fromkeys(_ports(segment) for segment in segments))
        self._held: dict[str, str] = {}
        self._tcp: dict[Ports, dict[str, str]] = {}
        self._act = 0
        """The place of the last segment that arrived: what is seen from then on came of it."""

    def go_on(self, event: Event) -> None:
        if begun := _call(event, self._parts):
            self._begin(Step(begun))
        elif segment := _segment(event, "arrived"):
            self._begin(Step(self._arrival(segment), _ports(segment)))
        elif self.steps:
            self._note(event, self.steps[-1])

    def _begin(self, step: Step) -> None:
        step.readiness |= self._held
        step.tcp |= self._tcp.get(step.ports, {})
        if step.ports:
            self._act = len(self.steps)
        self.steps.append(step)

    def _arrival(self, segment: Packet) -> str:
        """With the number of its connection, if there are several."""
        number = self._connections.index(_ports(segment)) + 1
        which = f" #{number}" if len(self._connections) > 1 else ""
        with_data = f" with {segment.size} bytes" if segment.size else ""
        return f"{segment.flags}{which}{with_data} arrives at {segment.dst}"

    def _note(self, event: Event, step: Step) -> None:
        if segment := _segment(event, "sent"):
            step.left.append(segment.flags)
            if not step.ports:
                step.ports = _ports(segment)
                step.tcp |= self._tcp.get(step.ports, {})
        elif isinstance(event, Ready) and (part := self._parts.get((event.who, event.sock), "")) in READINESS:
            step.readiness[part] = event.mask
        elif isinstance(event, PeerReady) and event.name in READINESS:
            self._held[event.name] = step.readiness[event.name] = NOTHING if event.mask == "0" else event.mask
        elif isinstance(event, TcpState):
            self._state(event)

    def _state(self, state: TcpState) -> None:
        """The lab looks when everybody sleeps; the program may have begun another connection meanwhile."""
        ports = frozenset(filter(None, (port_of(state.local), port_of(state.remote)))) or self.steps[-1].ports
        end = "client" if state.who == self._client else "server"
        self._tcp.setdefault(ports, {})[end] = state.new
        for step in self.steps[self._act :]:
            if step.ports == ports:
                step.tcp[end] = state.new


def _parts(events: Sequence[Event]) -> dict[tuple[str, str], str]:
    """What each socket is; a datagram's is nothing that is shown, nor is a resolver's."""
    parts: dict[tuple[str, str], str] = {}
    for event in events:
        if isinstance(event, Socket) and event.type != "stream":
            parts[event.who, event.sock] = "no stream"
        elif isinstance(event, Listen):
            parts[event.who, event.sock] = "listener"
        elif isinstance(event, Accept) and event.new:
            parts[event.who, event.new] = "accepted"
        elif isinstance(event, (Connect, Send)) and event.address and not event.address.endswith(DNS):
            parts.setdefault((event.who, event.sock), "client")
    return parts


def _call(event: Event, parts: dict[tuple[str, str], str]) -> str:
    """The call that begins a step, if it is one."""
    if isinstance(event, Listen):
        return f"listen() on {event.who}"
    if isinstance(event, (Connect, Send)) and event.address and parts.get((event.who, event.sock)) == "client":
        call = "connect()" if isinstance(event, Connect) else f"sendto() of {event.size} bytes"
        return f"{call} = {event.error or (event.result if isinstance(event, Send) else 0)}"
    return ""


def _segment(event: Event, phase: Phase) -> Packet | None:
    return event if isinstance(event, Packet) and event.proto == "tcp" and event.phase == phase else None


def _ports(segment: Packet) -> Ports:
    return frozenset((segment.sport, segment.dport))
