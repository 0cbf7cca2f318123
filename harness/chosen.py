"""What the kernel chose by itself, and chooses differently the next time: ports, sockets, absolute sequence numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from harness.events import Bind, Connect, Event, GetSockName, Packet, TcpState
from harness.flows import port_of
from harness.trace import Trace

WELL_KNOWN = 1024
SPARE = 10_000
"""A sequence number that exceeds all bytes of the trace by more is not relative to a SYN that was seen: random."""

_PORT = re.compile(r"(?<=[\w\].]):(\d{4,5})\b")
_BARE_PORT = re.compile(r"(?<=\d )(\d{4,5})\b")
_SOCKET = re.compile(r"\bsock(\d+)\b")
_SEQUENCE = re.compile(r"\b(seq|ack)=(-?\d{5,})\b")


def without_port(event: Event, questions: frozenset[tuple[str, str]], chosen: frozenset[int]) -> Event:
    """Without the port of a datagram that the kernel chose: it does not look which ones TCP has, or a socket that was
    closed had, and once in some thousand times takes the same."""
    if isinstance(event, Packet) and event.proto == "udp":
        return replace(event, **{end: 0 for end in ("sport", "dport") if getattr(event, end) in chosen})
    if isinstance(event, GetSockName) and (event.who, event.sock) in questions and port_of(event.address) in chosen:
        return replace(event, address=f"{event.address.rpartition(':')[0]}:0")
    return event


class Names:
    """New names for what the kernel chose, given in order of appearance."""

    def __init__(self, trace: Trace, chosen: frozenset[int]) -> None:
        self._chosen = chosen
        self._highest = SPARE + sum(packet.size for packet in trace.of(Packet))
        self._given: dict[str, dict[str, str]] = {"p": {}, "sock": {}, "n": {}}

    def rename(self, line: str) -> str:
        if "sock" in line:
            line = _SOCKET.sub(lambda found: self._name("sock", found[1]), line)
        if "=" in line:
            line = _SEQUENCE.sub(lambda found: f"{found[1]}={self._sequence(found[2])}", line)
        if ":" in line:
            line = _PORT.sub(lambda found: f":{self._port(found[1])}", line)
        return _BARE_PORT.sub(lambda found: self._port(found[1]), line)

    def _port(self, port: str) -> str:
        return self._name("p", port) if int(port) in self._chosen else port

    def _sequence(self, number: str) -> str:
        return self._name("n", number) if abs(int(number)) > self._highest else number

    def _name(self, prefix: str, old: str) -> str:
        given = self._given[prefix]
        return given.setdefault(old, f"{prefix}{len(given) + 1}")


def chosen_ports(trace: Trace) -> frozenset[int]:
    """The ports that nobody asked for by number."""
    seen = {port for packet in trace.of(Packet) for port in (packet.sport, packet.dport)}
    seen |= {port_of(address) for address in _addresses(trace)}
    asked = {port_of(call.address) for call in trace.of(Connect)} | {port_of(call.address) for call in trace.of(Bind)}
    return frozenset(port for port in seen - asked if port >= WELL_KNOWN)


def _addresses(trace: Trace) -> Iterable[str]:
    yield from (name.address for name in trace.of(GetSockName))
    for state in trace.of(TcpState):
        yield from (state.local, state.remote)
