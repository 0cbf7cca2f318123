"""The tracepoint for the length of one case: from the rings of every CPU to what is told of the case's sockets.

The looks at sock_diag go on: the wire's rules wait for what they show, and the tracepoint is held against them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from netns import addresses as called
from netns import frames
from netns.biographies import biographies
from netns.kernel import StateWatch
from netns.lives import lives
from netns.log import Entry, Sighting, SocketIs
from netns.owners import Known, Look, owned
from netns.perf import Ring
from netns.plan import Plan
from netns.sockets import Hosts
from netns.tracepoint import Layout, read

MAPPED = "::ffff:"
"""Before an IPv4 address that an IPv6 socket has, RFC 4291, 2.5.5.2."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What the tracepoint told of a case; `doubts` says why it may be incomplete, and is empty if it is not."""

    entries: list[SocketIs]
    doubts: list[str] = field(default_factory=list)


class Tracing:
    """Everything of this machine from now on. The rings are the slot's own, and one case at a time reads them."""

    def __init__(self, layout: Layout, fds: Sequence[int]) -> None:
        self._layout = layout
        self._rings = [Ring(fd) for fd in fds]
        for ring in self._rings:
            ring.begin()

    @property
    def alarms(self) -> tuple[int, ...]:
        """Descriptors that poll(2) reports when a ring begins to fill up."""
        return tuple(ring.fd for ring in self._rings)

    def drain(self) -> None:
        for ring in self._rings:
            ring.drain()

    def end(self, ahead_ns: int, known: Known) -> Traced:
        """What was told of this case; `ahead_ns` is CLOCK_REALTIME less CLOCK_MONOTONIC."""
        for ring in self._rings:
            ring.end()
        samples = [sample for ring in self._rings for sample in ring.samples()]
        found = owned(lives(read(samples, self._layout, ahead_ns)), known)
        lost = [f"the ring of CPU {cpu} was full" for cpu, ring in enumerate(self._rings) if not ring.is_whole]
        return Traced(biographies(found, known), [*lost, *found.doubts])


class TracedWatch(StateWatch):
    """A StateWatch that remembers when it looked, and in the end knows better."""

    def __init__(self, ground: Hosts, tracing: Tracing) -> None:
        super().__init__(ground)
        self._tracing = tracing
        self._looks: list[Look] = []

    def sample(self, now_ns: int) -> None:
        super().sample(now_ns)
        self._looks.append((now_ns, time.time_ns()))
        self._tracing.drain()

    def end(self, ahead_ns: int, host_of: Callable[[str], str], seen: Iterable[Entry]) -> Traced:
        """What is told in place of `log`; `seen` has the frames of the wire and of the cables. Nothing is seen then."""
        self.close()
        shown = [entry for entry in self.log if isinstance(entry, SocketIs)]
        return self._tracing.end(
            ahead_ns, Known(entries=shown, looks=self._looks, host_of=host_of, heard=Heard(seen))
        )  # fmt: skip


class Heard:
    """The frames of a case by the connection that they belong to; taken apart when this is asked for the first time."""

    def __init__(self, seen: Iterable[Entry]) -> None:
        self._seen = [entry for entry in seen if isinstance(entry, Sighting)]
        self._times: dict[frozenset[str], list[int]] | None = None

    def __call__(self, local: str, remote: str, since_ns: int, until_ns: int) -> bool:
        if self._times is None:
            self._times = self._sorted()
        return any(since_ns <= at_ns <= until_ns for at_ns in self._times.get(frozenset((local, remote)), ()))

    def _sorted(self) -> dict[frozenset[str], list[int]]:
        times: dict[frozenset[str], list[int]] = {}
        for seen in self._seen:
            frame = frames.dissect(seen.raw)
            if frame.proto == "tcp":
                ends = frozenset((_end(frame.src, frame.sport), _end(frame.dst, frame.dport)))
                times.setdefault(ends, []).append(seen.at_ns)
        return times


def host_of(plan: Plan, at_home: str) -> Callable[[str], str]:
    """Which host has an address; what never leaves a host is on `at_home`, which may be empty."""
    hosts = {
        text: host.name for place, host in enumerate(plan.hosts, 1) for text in called.host_addresses(place).values()
    }
    for place, cable in enumerate(plan.cables, 1):
        for end, name in enumerate(cable.between, 1):
            hosts |= dict.fromkeys(called.cable_addresses(place, end).values(), name)

    def find(address: str) -> str:
        bare = address.rpartition(":")[0].strip("[]").removeprefix(MAPPED)
        return at_home if bare.startswith("127.") or bare == "::1" else hosts.get(bare, "")

    return find


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
