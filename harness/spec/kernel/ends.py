"""An end: one socket of any program that a TCP connection was made on, by connect() or by accept(), with its segments.

An attempt is the subject's alone; what a kernel does to connections is the same in every program of the case, and the
wire shows both ends. Sequence numbers are relative, so the peer's first byte is number 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from harness.events import (
    Accept,
    Close,
    Connect,
    Event,
    Packet,
    Ready,
    Recv,
    Send,
    SetSockOpt,
    ShutDown,
    Watch,
    bits,
)  # fmt: skip
from harness.spec.figures import Figure
from harness.trace import Index, Trace, View

POLLERS = ("epoll", "poll")
"""The pollers that have words for failure; select has none."""

WRITE_SIDE, READ_SIDE = ("WR", "RDWR"), ("RD", "RDWR")


class Delivery(NamedTuple):
    """Some of the stream, or its end: by which segment it became readable, how many bytes, and the flags with it."""

    by: Packet
    size: int
    flags: str


class End(View):
    """The calls on one socket of program `who`, and the segments between its ports `near` and `far`, in order."""

    def __init__(self, trace: Trace, made: Connect | Accept, near: int, far: int) -> None:
        self.who, self.made = made.who, made
        self.sock = made.new if isinstance(made, Accept) else made.sock
        self.near, self.far = near, far
        numbers = {*trace.calls_on(self.sock, self.who), *_segments(trace, self.who, near, far)}
        super().__init__(trace, Index(trace.events, sorted(numbers)), 0, _until(trace, made))
        self.trace = trace

    @cached_property
    def arrived(self) -> list[Packet]:
        return self.of(Packet, phase="arrived", dst=self.who)

    @cached_property
    def sent(self) -> list[Packet]:
        return self.of(Packet, phase="sent", src=self.who)

    @cached_property
    def stood(self) -> Event | None:
        """By what this end is connected: accept() itself, or the SYN-ACK that answers the SYN of connect()."""
        if isinstance(self.made, Accept):
            return self.made
        answers = (packet for packet in self.arrived if packet.ack == 1 and set(packet.flags) & set("SR"))
        first = next(answers, None)
        return first if first and first.flags == "SA" else None

    @cached_property
    def delivered(self) -> list[Delivery]:
        """What became readable, in order, whichever way its segments came: late, twice, or before their turn."""
        found: list[Delivery] = []
        held: list[Packet] = []
        expected = 1
        for packet in self.arrived if self.stood else ():
            held += [packet] if "S" not in packet.flags else []
            while ready := next((one for one in held if one.seq <= expected <= _last(one)), None):
                held.remove(ready)
                found.append(Delivery(packet, _last(ready) - expected - _marks(ready), ready.flags))
                expected = _last(ready)
        return found

    @cached_property
    def fin(self) -> Packet | None:
        """The segment with which the peer's FIN was in order."""
        return next((one.by for one in self.delivered if "F" in one.flags), None)

    @cached_property
    def rst(self) -> Packet | None:
        """The RST that killed the connection: the one whose number was the next."""
        return next((one.by for one in self.delivered if "R" in one.flags), None)

    @cached_property
    def closed(self) -> Close | None:
        """The close() of the last descriptor; the end of the process comes later than its stamp and does not count."""
        return self.first(Close, by_exit=False, error="")

    def shut(self, sides: tuple[str, ...]) -> ShutDown | None:
        """The first shutdown() of this side by the program itself."""
        return next((call for call in self.each(ShutDown, error="") if call.how in sides), None)

    def unread(self, event: Event) -> int:
        """How many bytes had arrived and were not read before this event."""
        return self._unread.at(self.number(event))

    @cached_property
    def _unread(self) -> Figure:
        return Figure([number for number, _ in self._changes], accumulate(size for _, size in self._changes))

    @cached_property
    def _changes(self) -> list[tuple[int, int]]:
        """The numbers of the events with which something came or was read, and how many bytes, less than 0 if read."""
        came = [(self.number(one.by), one.size) for one in self.delivered]
        return sorted([*came, *((self.number(call), -call.result) for call in self.each(Recv, error=""))])

    def unread_stretches(self) -> Iterator[tuple[Event, Event | None]]:
        """From which event to which other, if any, something that had arrived was not read."""
        since: Event | None = None
        for number, _ in self._changes:
            is_left = self._unread.at(number + 1) > 0
            if is_left and since is None:
                since = self.trace.events[number]
            elif since and not is_left:
                yield since, self.trace.events[number]
                since = None
        if since:
            yield since, None

    def reports(self, after: Event | None) -> Iterator[Ready]:
        """The readiness told after this event by pollers that have words for failure."""
        told = self.after(after).each(Ready) if after else iter(())
        return (ready for ready in told if ready.poller in POLLERS)

    def asked(self, event: Event, poller: str = "epoll") -> frozenset[str]:
        """What the poller had last been asked for before this event, ways of watching included."""
        watch = self.before(event).last(Watch, poller=poller, error="")
        return bits(watch.interest) if watch else frozenset()

    def option(self, name: str) -> SetSockOpt | None:
        return self.last(SetSockOpt, option=name, error="")


def _last(packet: Packet) -> int:
    """The number after the last one of the segment."""
    return packet.seq + packet.size + ("F" in packet.flags)


def _marks(packet: Packet) -> int:
    """The numbers of a segment that nobody reads: the FIN, and the urgent byte, which comes by another way."""
    return ("F" in packet.flags) + ("U" in packet.flags)


def _segments(trace: Trace, who: str, near: int, far: int) -> tuple[int, ...]:
    table: dict[tuple[str, int, int], list[int]] = trace.remember("segments", lambda: _table(trace))
    return tuple(table.get((who, near, far), ()))


def _table(trace: Trace) -> dict[tuple[str, int, int], list[int]]:
    """The numbers of all TCP segments by host, its port and the other's; a segment belongs to both its hosts."""
    found: dict[tuple[str, int, int], list[int]] = {}
    for packet in trace.of(Packet, proto="tcp"):
        for key in ((packet.src, packet.sport, packet.dport), (packet.dst, packet.dport, packet.sport)):
            found.setdefault(key, []).append(trace.number(packet))
    return found


def is_dead(end: End, at: Event) -> bool:
    """Whether the connection had died before this event: a RST came or went, or an error was told."""
    before = end.before(at)
    calls = [*before.of(Send), *before.of(Recv)]
    failures = any(call.error in ("ECONNRESET", "EPIPE", "ETIMEDOUT") for call in calls)
    ready = [*before.of(Ready), *([at] if isinstance(at, Ready) else [])]
    resets = [packet for packet in (*end.sent, *end.arrived) if "R" in packet.flags]
    reset = any(end.number(packet) < end.number(at) for packet in resets)
    return failures or reset or any("ERR" in bits(told.mask) for told in ready)


def earliest(end: End, *events: Event | None) -> Event | None:
    return min((event for event in events if event), key=end.number, default=None)


def known(*events: Event | None) -> list[Event]:
    return [event for event in events if event]


def _until(trace: Trace, made: Connect | Accept) -> int:
    """Where a further connect() makes the socket a new one; one that says how the first stands does not."""
    later = trace.after(made).each(Connect, sock=made.sock, who=made.who) if isinstance(made, Connect) else iter(())
    anew = next((call for call in later if call.error not in ("", "EALREADY", "EISCONN")), None)
    return trace.number(anew) if anew else len(trace.events)
