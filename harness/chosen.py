"""What the kernel chose by itself, and chooses differently the next time: ports, sockets, absolute sequence numbers."""

from __future__ import annotations

import re
from collections import Counter
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
_PLACE = re.compile(r"([\w.:-]+)\]?$")
_SEQUENCE = re.compile(r"\b(seq|ack)=(-?\d{5,})\b")


def without_port(event: Event, questions: frozenset[tuple[str, str]], chosen: frozenset[int]) -> Event:
    """Without the port of a datagram that the kernel chose: it does not look which ones TCP has, or a socket that was
    closed had, and once in some thousand times takes the same."""
    if isinstance(event, Packet) and event.proto == "udp":
        return replace(event, **{end: 0 for end in ("sport", "dport") if getattr(event, end) in chosen})
    if isinstance(event, GetSockName) and (event.who, event.sock) in questions and port_of(event.address) in chosen:
        return replace(event, address=f"{event.address.rpartition(':')[0]}:0")
    return event


class Owners:
    """Which host a port is of, where two of them chose the same: their kernels know nothing of each other."""

    def __init__(self, trace: Trace, chosen: frozenset[int]) -> None:
        self._hosts = {_bare(address.rpartition(":")[0]): host for host, address in _own_addresses(trace)}
        self.shared = chosen & _shared_ports(trace)

    def key(self, place: str, port: int) -> str:
        """What tells the port from all others; `place` is a host or its address."""
        return f"{port} {self._hosts.get(_bare(place), place)}" if port in self.shared else str(port)


class Names:
    """New names for what the kernel chose, given in order of appearance."""

    def __init__(self, trace: Trace, chosen: frozenset[int], owners: Owners) -> None:
        self._chosen = chosen
        self._owners = owners
        self._highest = SPARE + sum(packet.size for packet in trace.of(Packet))
        self._given: dict[str, dict[str, str]] = {"p": {}, "sock": {}, "n": {}}

    def rename(self, line: str) -> str:
        if "sock" in line:
            line = _SOCKET.sub(lambda found: self._name("sock", found[1]), line)
        if "=" in line:
            line = _SEQUENCE.sub(lambda found: f"{found[1]}={self._sequence(found[2])}", line)
        if ":" in line:
            line = _PORT.sub(lambda found: f":{self._port(found)}", line)
        return _BARE_PORT.sub(self._port, line)

    def _port(self, found: re.Match[str]) -> str:
        port = int(found[1])
        if port not in self._chosen:
            return found[1]
        place = _place_before(found) if port in self._owners.shared else ""
        return self._name("p", self._owners.key(place, port))

    def _sequence(self, number: str) -> str:
        return self._name("n", number) if abs(int(number)) > self._highest else number

    def _name(self, prefix: str, old: str) -> str:
        given = self._given[prefix]
        return given.setdefault(old, f"{prefix}{len(given) + 1}")


def _place_before(port: re.Match[str]) -> str:
    """The host, or its address, that the port is said to be of."""
    place = _PLACE.search(port.string[: port.start()].rstrip())
    return place[1] if place else ""


def _shared_ports(trace: Trace) -> frozenset[int]:
    """Ports of more hosts than one: two kernels choose the same one time in some ten thousand."""
    owners = {(packet.sport, packet.src) for packet in trace.of(Packet)}
    owners |= {(packet.dport, packet.dst) for packet in trace.of(Packet)}
    owners |= {(port_of(address), host) for host, address in _own_addresses(trace)}
    met = Counter(port for port, _ in owners)
    return frozenset(port for port, hosts in met.items() if hosts > 1)


def _bare(address: str) -> str:
    return address.strip("[]")


def _own_addresses(trace: Trace) -> Iterable[tuple[str, str]]:
    """Hosts, each with an address and port that are its own."""
    yield from ((name.who, name.address) for name in trace.of(GetSockName))
    yield from ((state.who, state.local) for state in trace.of(TcpState))


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
