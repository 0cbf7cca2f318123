"""Flows: which packets and which states of the kernel belong to which attempt of the subject."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from harness.events import Bind, Connect, GetSockName, Packet, TcpState
from harness.trace import Trace

PENDING = frozenset({"EINPROGRESS", "EINTR"})
"""What connect() says when the attempt goes on without it."""

NO_PORTS = (0, 0)


def port_of(address: str) -> int:
    """`port_of("10.0.0.2:9") == 9`; 0 where there is none."""
    port = address.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0


class Flows:
    """Which packets and kernel states belong to which of the attempts."""

    def __init__(self, trace: Trace, connects: Sequence[Connect]) -> None:
        self._trace, self._connects = trace, connects
        self._starts = [trace.number(connect) for connect in connects]
        self._packets: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._states: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._sort_packets()
        self._sort_states()
        self._keys = self._find_keys()

    def of(self, place: int) -> list[int]:
        """The numbers of the packets and states of the attempt at this place: up to the next one on the same ports."""
        found: list[int] = []
        for table in (self._packets, self._states):
            key = self._keys[place] if self._keys[place] in table else NO_PORTS
            numbers = table.get(key, [])
            found += numbers[bisect_left(numbers, self._starts[place]) : bisect_left(numbers, self._end(place, key))]
        return found

    def _end(self, place: int, key: tuple[int, int]) -> int:
        """Where the next attempt begins that uses the same ports, or any if there are no ports to tell by."""
        rivals = self._places[key] if key != NO_PORTS else range(len(self._starts))
        after = bisect_left(rivals, place + 1)
        return self._starts[rivals[after]] if after < len(rivals) else len(self._trace.events)

    @cached_property
    def _places(self) -> dict[tuple[int, int], list[int]]:
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, key in enumerate(self._keys):
            places[key].append(place)
        return places

    def _sort_packets(self) -> None:
        subject = self._trace.subject
        for packet in self._trace.of(Packet, proto="tcp"):
            number = self._trace.number(packet)
            keys = set()
            if packet.src == subject:
                keys.add((packet.sport, packet.dport))
            if packet.dst == subject:
                keys.add((packet.dport, packet.sport))
            for key in keys:
                self._packets[key].append(number)

    def _sort_states(self) -> None:
        for state in self._trace.of(TcpState, who=self._trace.subject):
            self._states[port_of(state.local), port_of(state.remote)].append(self._trace.number(state))

    def _find_keys(self) -> list[tuple[int, int]]:
        """The subject's port and the other's, for each attempt; NO_PORTS where the trace names no ports."""
        ports = [self._asked(connect) for connect in self._connects]
        taken = {(port, port_of(connect.address)) for port, connect in zip(ports, self._connects, strict=True) if port}
        waiting = self._unasked(taken)
        for place, connect in enumerate(self._connects):
            if not ports[place] and (not connect.error or connect.error in PENDING):
                ports[place] = self._next(waiting[port_of(connect.address)], self._starts[place])
        return [
            (port, port_of(connect.address)) if port else NO_PORTS
            for port, connect in zip(ports, self._connects, strict=True)
        ]

    def _asked(self, connect: Connect) -> int:
        """The port that the subject itself asked for or was told."""
        told = [name.address for name in self._trace.of(GetSockName, sock=connect.sock, who=connect.who, error="")]
        bound = [name.address for name in self._trace.of(Bind, sock=connect.sock, who=connect.who, error="")]
        return next((port for address in [*told, *bound] if (port := port_of(address))), 0)

    def _unasked(self, taken: set[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
        """For each remote port, the first number and the local port of every other flow, latest first."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        keys = [key for key in {**self._packets, **self._states} if key not in taken and all(key)]
        for local, remote in keys:
            first = min(
                numbers[0] for table in (self._packets, self._states) if (numbers := table.get((local, remote)))
            )
            found[remote].append((first, local))
        return defaultdict(list, {remote: sorted(flows, reverse=True) for remote, flows in found.items()})

    @staticmethod
    def _next(flows: list[tuple[int, int]], start: int) -> int:
        """The local port of the first flow that began after `start`; what began earlier belongs to nobody."""
        while flows:
            first, local = flows.pop()
            if first > start:
                return local
        return 0
