"""A listener's queue as the wire shows it: the handshakes that ended at its port, and what accept() took of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from harness.events import Accept, Event, Listen, Packet, SetNonblocking, SetSockOpt, Socket, Watch, bits
from harness.flows import port_of
from harness.spec.kernel.pairing import listening_port
from harness.trace import Trace, View

Client = tuple[str, int]
"""Host and port."""


class Queue:
    """One listening socket of a program, from its first listen() on."""

    def __init__(self, trace: Trace, listen: Listen) -> None:
        self.trace, self.listen = trace, listen
        self.who, self.sock = listen.who, listen.sock
        self.port = listening_port(trace, listen.who, listen.sock)
        self.calls: View = trace.part(trace.calls_on(self.sock, self.who))

    @cached_property
    def room(self) -> int:
        """How many connections wait at most: one more than listen() was told, by whichever call told most."""
        return max(call.backlog for call in self.calls.of(Listen)) + 1

    @cached_property
    def accepted(self) -> list[Accept]:
        return self.calls.of(Accept, error="")

    @cached_property
    def arrived(self) -> list[Packet]:
        segments = self.trace.of(Packet, phase="arrived", dst=self.who, dport=self.port, proto="tcp")
        return segments if self.port else []

    @cached_property
    def answers(self) -> list[Packet]:
        """The SYN-ACKs that left."""
        return self.trace.of(Packet, phase="sent", src=self.who, sport=self.port, flags="SA")

    @cached_property
    def ended(self) -> dict[Client, Packet]:
        """The segment by which each client came into the queue, in that order; what finds it full is dropped."""
        found: dict[Client, Packet] = {}
        taken = [self.number(call) for call in self.accepted]
        for packet in self.arrived:
            number = self.number(packet)
            has_room = len(found) - sum(call < number for call in taken) < self.room
            if has_room and client_of(packet) not in found and self._ends(packet):
                found[client_of(packet)] = packet
        return found

    def reset(self) -> Iterator[tuple[Client, Packet]]:
        """The clients that sent RST in the middle of their handshake."""
        for packet in self.arrived:
            if "R" in packet.flags and client_of(packet) not in self.ended and self._answers_to(packet):
                yield client_of(packet), packet

    def waiting(self, at: Event) -> int:
        """How many connections were in the queue before this event."""
        limit = self.number(at)
        came = sum(self.number(packet) < limit for packet in self.ended.values())
        return came - sum(self.number(call) < limit for call in self.accepted)

    def syns_on_full(self) -> Iterator[Packet]:
        """The SYNs of new clients that found no room."""
        for packet in self.arrived:
            if packet.flags == "S" and self.waiting(packet) >= self.room and not self._answers_to(packet):
                yield packet

    def number(self, event: Event) -> int:
        return self.trace.number(event)

    def watched(self, at: Event) -> frozenset[str]:
        watch = self.calls.before(at).last(Watch, error="")
        return bits(watch.interest) if watch else frozenset()

    def is_nonblocking(self, at: Event) -> bool:
        changed = self.calls.before(at).last(SetNonblocking, error="")
        opened = self.calls.first(Socket)
        return changed.on if changed else opened is not None and opened.nonblocking

    @cached_property
    def _is_deferred(self) -> bool:
        return any(call.option == "TCP_DEFER_ACCEPT" for call in self.calls.each(SetSockOpt, error=""))

    def _ends(self, packet: Packet) -> bool:
        """Whether it may be the end of a handshake: TCP_DEFER_ACCEPT drops a bare ACK until the SYN-ACK came again."""
        answers = self._answers_to(packet)
        bare = not packet.size and "F" not in packet.flags
        acknowledges = "A" in packet.flags and not set(packet.flags) & {"S", "R"} and packet.ack == 1
        return self._is_fast_open(packet) or (acknowledges and answers > (1 if bare and self._is_deferred else 0))

    def _is_fast_open(self, packet: Packet) -> bool:
        """Whether it is a SYN whose data was taken, which the SYN-ACK to it acknowledges: RFC 7413."""
        with_data = packet.flags == "S" and packet.size > 0
        return with_data and any(one.dport == packet.sport and one.ack > 1 for one in self.answers)

    def _answers_to(self, packet: Packet) -> int:
        """How many SYN-ACKs had left for the sender of this segment."""
        limit = self.number(packet)
        return sum(answer.dport == packet.sport and self.number(answer) < limit for answer in self.answers)


def client_of(packet: Packet) -> Client:
    return packet.src, packet.sport


def is_of(accept: Accept, client: Client) -> bool:
    return accept.address.endswith(f":{client[1]}")


def queues(trace: Trace) -> tuple[Queue, ...]:
    """The queue of every listening socket that has its port to itself, and whose clients all came over the wire."""
    return trace.remember("queues", lambda: tuple(_queues(trace)))


def _queues(trace: Trace) -> Iterator[Queue]:
    first = {(listen.who, listen.sock): listen for listen in reversed(trace.of(Listen, error=""))}
    found = [Queue(trace, listen) for listen in reversed(first.values())]
    places = [(queue.who, queue.port) for queue in found]
    for queue, place in zip(found, places, strict=True):
        if places.count(place) == 1 and queue.arrived and _is_whole(queue):
            yield queue


def _is_whole(queue: Queue) -> bool:
    """Whether every connection that was accepted was seen to come; clients on the loopback are seen by nobody."""
    clients = {packet.sport for packet in queue.arrived}
    return all(port_of(call.address) in clients for call in queue.accepted)
