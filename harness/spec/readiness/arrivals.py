"""What had arrived when something happened: complete handshakes, data that nobody has read, ends."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import accumulate

from harness.events import Accept, Event, Packet, Peer, Recv
from harness.spec.figures import Figure
from harness.spec.readiness.parts import Listener, Stream, listeners
from harness.trace import Trace


def unread(stream: Stream, before: Event) -> int:
    """How many bytes had arrived for the stream and were not read yet; sequence numbers count from the SYN."""
    number = stream.trace.number(before)
    came, read = stream.trace.remember(("bytes", stream.sock), lambda: (_came(stream), _read(stream)))
    return came.at(number) - read.at(number)


def _came(stream: Stream) -> Figure:
    packets = stream.packets.of(Packet)
    return Figure([stream.trace.number(packet) for packet in packets], accumulate(map(_last_byte, packets), max))


def _read(stream: Stream) -> Figure:
    reads = stream.calls.of(Recv, error="")
    return Figure([stream.trace.number(read) for read in reads], accumulate(read.result for read in reads))


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
    way = (listener.port, listener.defers, listener.opens_fast) if listener else None
    completions = trace.remember(("completions", host, way), lambda: _completions(trace, host, listener))
    return bisect_left(completions, trace.number(before))


def _completions(trace: Trace, host: str, listener: Listener | None) -> list[int]:
    """For each client, a host and a port, the number of the segment that completed its handshake; sorted."""
    done: dict[tuple[str, int], int] = {}
    arrived = trace.remember(("answered", host), lambda: _answered(trace, host))
    for packet, answers in arrived.get(listener.port if listener else None, ()):
        if _completes(packet, answers, listener):
            done.setdefault((packet.src, packet.sport), trace.number(packet))
    return sorted(done.values())


def _answered(trace: Trace, host: str) -> dict[int | None, list[tuple[Packet, int]]]:
    """What arrived at each port of the host, and at any (None), with how many SYN-ACKs had been sent to its sender."""
    answers: Counter[tuple[str, int]] = Counter()
    found: dict[int | None, list[tuple[Packet, int]]] = defaultdict(list)
    for packet in trace.each(Packet, proto="tcp"):
        if packet.phase == "sent" and packet.src == host and {"S", "A"} <= set(packet.flags):
            answers[packet.dst, packet.dport] += 1
        elif packet.phase == "arrived" and packet.dst == host:
            for port in (packet.dport, None):
                found[port].append((packet, answers[packet.src, packet.sport]))
    return found


def _completes(packet: Packet, answers: int, listener: Listener | None) -> bool:
    """Whether the segment completes a handshake in which so many SYN-ACKs had been sent."""
    flags = set(packet.flags)
    if "S" in flags:
        return "A" not in flags and packet.size > 0 and bool(listener and listener.opens_fast)
    if "A" not in flags or not answers:
        return False
    return not (listener and listener.defers) or packet.size > 0 or "F" in flags or answers > 1


def taken(trace: Trace, host: str, listener: Listener | None, before: Event) -> int:
    """How many connections of those that `completed` counts had been accepted by then, by a program or by the lab."""
    port = listener.port if listener else None
    numbers = trace.remember(("taken", host, port), lambda: sorted(map(trace.number, _takings(trace, host, port))))
    return bisect_left(numbers, trace.number(before))


def _takings(trace: Trace, host: str, port: int | None) -> list[Event]:
    if port is None:
        return [*trace.of(Accept, who=host, error=""), *trace.of(Peer, who=host, action="accepted")]
    doors = {listener.sock for listener in listeners(trace) if listener.port == port}
    return [accept for accept in trace.each(Accept, who=host, error="") if accept.sock in doors]


def crossed_the_wire(trace: Trace, host: str) -> bool:
    """Whether any connection to this host was seen on the wire at all."""
    return trace.first(Packet, phase="arrived", proto="tcp", dst=host, flags="S") is not None
