"""An attempt: one socket of the subject on which connect() was called, with everything that was seen of it.

Calls belong to it by socket identity. Packets and kernel states belong to it by its ports, which are known from
getsockname(), bind(), the kernel's own table or the first SYN that left for the target after connect() was entered;
where a trace names no ports, packets belong to it by time. What the journal says belongs to it by time too: from the
moment the subject says that it is connecting (or calls connect) to the next such moment.

The resolver's own connections (to port 53, unless that is the target) are no attempts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import pairwise

from harness.events import (
    Bind,
    Callback,
    Close,
    Connect,
    Event,
    Fact,
    GetPeerName,
    GetSockName,
    GetSockOpt,
    Packet,
    Ready,
    Socket,
    State,
    Wait,
)
from harness.flows import PENDING, Flows, port_of
from harness.trace import Index, Trace, View

WOULD_BLOCK = frozenset({"EAGAIN", "EWOULDBLOCK"})
PREPARING = frozenset({"target", "timeout_ms", "mode", "poller", "queued"})
"""What a journal says of an attempt before it begins."""

PORT_OF_DNS = 53

STREAMS = frozenset({"stream", "mptcp"})
"""The types of sockets that are connections of TCP, on one path or on several."""


class Attempt(View):
    """The attempt's own events, in order; `trace` is the whole, for waits and for what happened elsewhere."""

    def __init__(self, trace: Trace, connect: Connect, opened: Socket | None, numbers: Sequence[int]) -> None:
        super().__init__(trace, Index(trace.events, numbers), 0, len(trace.events))
        self.trace, self.connect, self.opened = trace, connect, opened
        self.socket = connect.sock

    @property
    def in_progress(self) -> bool:
        """Whether connect() left the outcome to be awaited."""
        return self.connect.error in PENDING and not self.trace.blocking

    @property
    def failed_at_once(self) -> bool:
        return bool(self.connect.error) and self.connect.error not in PENDING

    @cached_property
    def first_readiness(self) -> Ready | None:
        """The first thing that the poller said of the socket after connect() was called."""
        return self.after(self.connect).first(Ready)

    @cached_property
    def decision(self) -> GetSockOpt | None:
        """The first reading of SO_ERROR after the first readiness: the kernel's answer."""
        ready = self.first_readiness
        return self.after(ready).first(GetSockOpt, option="SO_ERROR", error="") if ready else None

    @cached_property
    def established(self) -> Event | None:
        """The first thing by which the subject can know that it is connected, whatever means it chose."""
        if not self.connect.error:
            return self.connect
        later = self.after(self.connect)
        known = [
            self.decision if self.decision and self.decision.value == "0" else None,
            later.first(GetPeerName, error=""),
            later.first(Connect, error=""),
            later.first(Connect, error="EISCONN"),
        ]
        return min((event for event in known if event), key=self.number, default=None)

    @cached_property
    def connected(self) -> State | Callback | None:
        """The first announcement that the connection stands."""
        said = [self.first(State, new="connected"), self.first(Callback, name="connectionEstablished")]
        return min((event for event in said if event), key=self.number, default=None)

    @cached_property
    def failed(self) -> State | Callback | None:
        """The first announcement of an error, whenever it comes."""
        said = [self.first(State, new="error"), self.first(Callback, name="errorEncountered")]
        return min((event for event in said if event), key=self.number, default=None)

    @property
    def outcome(self) -> State | Callback | None:
        """The first announcement of either."""
        return min((event for event in (self.connected, self.failed) if event), key=self.number, default=None)

    @cached_property
    def closed(self) -> Close | None:
        """When the subject closed the socket itself; what its exit closes does not count."""
        return self.first(Close, by_exit=False)

    @property
    def packets(self) -> list[Packet]:
        return self.of(Packet)

    @property
    def local(self) -> str:
        """The address that the kernel gave the socket, as far as the subject asked for it."""
        named = self.after(self.connect).last(GetSockName, error="")
        return named.address if named else ""

    @property
    def remote(self) -> str:
        named = self.after(self.connect).last(GetPeerName, error="")
        return named.address if named else self.connect.address

    def next_wait(self, event: Event) -> Wait | None:
        """The next wait of the thread that called connect(), begun after this event; one that may not block is none."""
        waits = self.trace.remember("waits", lambda: _waits(self.trace)).get((self.connect.who, self.connect.pid))
        return waits.after(event).first(Wait) if waits else None


def _waits(trace: Trace) -> dict[tuple[str, int], View]:
    """The waits of each thread that may block."""
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    for wait in trace.each(Wait):
        if wait.timeout_ms:
            numbers[wait.who, wait.pid].append(trace.number(wait))
    return {thread: trace.part(found) for thread, found in numbers.items()}


def attempts(trace: Trace) -> tuple[Attempt, ...]:
    """All attempts of the subject, in the order of their connect(): the first that did not say EAGAIN, or the last.

    After EAGAIN nothing is under way (a Unix listener whose queue is full, connect(2)), and it may be tried again.
    """
    return trace.remember("attempts", lambda: tuple(_attempts(trace)))


def is_dns(trace: Trace, address: str) -> bool:
    """Whether this is where a resolver asks, and not what the subject was told to connect to."""
    target = trace.setting("target").rpartition(" ")[2]
    return port_of(address) == PORT_OF_DNS and target != str(PORT_OF_DNS)


def _attempts(trace: Trace) -> list[Attempt]:
    opened = {event.sock: event for event in trace.of(Socket) if event.who == trace.subject}
    connects = _dialled(trace, opened)
    journals = _journals(trace, connects)
    flows = Flows(trace, connects)
    return [
        Attempt(trace, connect, opened.get(connect.sock), _numbers(trace, connect, flows.of(place), journals[place]))
        for place, connect in enumerate(connects)
    ]


def _dialled(trace: Trace, opened: dict[str, Socket]) -> list[Connect]:
    """For each socket the call that counts, in their order."""
    bound = {bind.address for bind in trace.of(Bind)}
    dialled: dict[str, Connect] = {}
    for connect in trace.of(Connect, who=trace.subject):
        if _is_attempt(connect, opened.get(connect.sock), bound) and not is_dns(trace, connect.address):
            before = dialled.get(connect.sock)
            if before is None or before.error in WOULD_BLOCK:
                dialled.pop(connect.sock, None)
                dialled[connect.sock] = connect
    return list(dialled.values())


def _is_attempt(connect: Connect, opened: Socket | None, bound: Set[str]) -> bool:
    """Unix sockets are those of libraries that look for a service of the system, unless it is one of the case's own."""
    if opened is None:
        return port_of(connect.address) > 0
    is_ours = opened.family in ("inet", "inet6") or (opened.family == "unix" and connect.address in bound)
    return opened.type in STREAMS and is_ours


def _numbers(trace: Trace, connect: Connect, *others: Sequence[int]) -> list[int]:
    calls = trace.calls_on(connect.sock, trace.subject)
    return sorted({*calls, *(number for numbers in others for number in numbers)})


def _journals(trace: Trace, connects: Sequence[Connect]) -> list[list[int]]:
    """The numbers of what the journal says, shared out among the attempts by time."""
    said: list[list[int]] = [[] for _ in connects]
    if connects:
        starts = [0, *(_start(trace, before, after) for before, after in pairwise(connects))]
        for event in trace.journal:
            number = trace.number(event)
            said[bisect_left(starts, number + 1) - 1].append(number)
    return said


def _start(trace: Trace, previous: Connect, connect: Connect) -> int:
    """Where the journal begins to speak of the later of two attempts: what it is about is told just before."""
    begun = trace.between(previous, connect).last(State, who=trace.subject, new="connecting")
    start = trace.number(begun or connect)
    said = trace.between(previous, begun or connect).of(Fact, who=trace.subject)
    told = next((fact for fact in reversed(said) if fact.name not in PREPARING), None)
    other = trace.before(begun or connect).last(State, who=trace.subject)
    after = max((trace.number(event) for event in (told, other) if event), default=-1)
    return min((trace.number(fact) for fact in said if trace.number(fact) > after), default=start)
