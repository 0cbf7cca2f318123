"""What had arrived when something happened: complete handshakes, data that nobody has read, ends."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from harness.events import Accept, Event, Packet, Peer, Recv
from harness.spec.readiness.parts import Listener, Stream
from harness.trace import Trace


def unread(stream: Stream, before: Event) -> int:
    """How many bytes had arrived for the stream and were not read yet; sequence numbers count from the SYN."""
    number = stream.trace.number(before)
    came, read = stream.trace.remember(("bytes", stream.sock), lambda: (_came(stream), _read(stream)))
    return came.at(number) - read.at(number)


class Growth:
    """A figure that only grows: what it was when something happened, found by bisection."""

    def __init__(self, numbers: list[int], figures: Iterable[int]) -> None:
        self._numbers, self._figures = numbers, [0, *figures]

    def at(self, number: int) -> int:
        """Its value just before the event of this number."""
        return self._figures[bisect_left(self._numbers, number)]


def _came(stream: Stream) -> Growth:
    packets = stream.packets.of(Packet)
    return Growth([stream.trace.number(packet) for packet in packets], accumulate(map(_last_byte, packets), max))


def _read(stream: Stream) -> Growth:
    reads = stream.calls.of(Recv, error="")
    return Growth([stream.trace.number(read) for read in reads], accumulate(read.result for read in reads))


def end_of(stream: Stream, before: Event) -> Packet | None:
    """The FIN or RST that had arrived by then, if any."""
    end = stream.trace.remember(("end", stream.sock), lambda: _end(stream))
    return end if end and stream.trace.number(end) < stream.trace.number(before) else None


def _end(stream: Stream) -> Packet | None:
    return next((packet for packet in stream.packets.each(Packet) if set(packet.flags) & {"F", "R"}), None)


def _last_byte(packet: Packet) -> int:
    """Which byte of the stream, from 1, the last one of the segment is; a SYN takes a number before its data."""
    return packet.seq + packet.size - (0 if "S" in packet.flags else 1) if packet.size else 0


def completed(trace: Trace, host: str, listener: Listener | None, before: Event) -> int:
    """How many handshakes with `host` were complete by then; `listener` None is one of the lab's.

    A handshake is complete when the ACK of the SYN-ACK has arrived. TCP_DEFER_ACCEPT waits for data as well, or for
    the answer to a repeated SYN-ACK. With Fast Open, a SYN that brings data is enough.
    """
    key = ("completions", host, listener.sock if listener else "")
    numbers = trace.remember(key, lambda: sorted(_completions(trace, host, listener).values()))
    return bisect_left(numbers, trace.number(before))


def _completions(trace: Trace, host: str, listener: Listener | None) -> dict[tuple[str, int], int]:
    """For each client, a host and a port, the number of the segment that completed its handshake."""
    answers: Counter[tuple[str, int]] = Counter()
    done: dict[tuple[str, int], int] = {}
    for packet in trace.each(Packet, proto="tcp"):
        flags = set(packet.flags)
        if packet.phase == "sent" and packet.src == host and {"S", "A"} <= flags:
            answers[packet.dst, packet.dport] += 1
        client = (packet.src, packet.sport)
        ours = packet.dst == host and (listener is None or packet.dport == listener.port)
        if packet.phase == "arrived" and ours and _completes(packet, answers[client], listener):
            done.setdefault(client, trace.number(packet))
    return done


def _completes(packet: Packet, answers: int, listener: Listener | None) -> bool:
    """Whether the segment completes a handshake in which so many SYN-ACKs had been sent."""
    flags = set(packet.flags)
    if "S" in flags:
        return "A" not in flags and packet.size > 0 and bool(listener and listener.opens_fast)
    if "A" not in flags or not answers:
        return False
    return not (listener and listener.defers) or packet.size > 0 or "F" in flags or answers > 1


def taken(trace: Trace, host: str, before: Event) -> int:
    """How many connections had been accepted on this host by then, by a program or by the lab."""
    numbers = trace.remember(("taken", host), lambda: sorted(map(trace.number, _takings(trace, host))))
    return bisect_left(numbers, trace.number(before))


def _takings(trace: Trace, host: str) -> list[Event]:
    return [*trace.of(Accept, who=host, error=""), *trace.of(Peer, who=host, action="accepted")]


def crossed_the_wire(trace: Trace, host: str) -> bool:
    """Whether any connection to this host was seen on the wire at all."""
    return trace.first(Packet, phase="arrived", proto="tcp", dst=host, flags="S") is not None
