"""What becomes of connections that are not accepted: for want of room, of a descriptor, or of a listener."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Accept, Close, Event, Packet, Ready, TcpState, Wait
from harness.flows import port_of
from harness.spec.kernel.queues import Queue, queues
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NO_DESCRIPTOR = ("EMFILE", "ENFILE")
TIMER_NS, MS = 900_000_000, 1_000_000
"""The timer of a second, with a tenth allowed for ticks."""


@clause(
    "K-56",
    force=MUST,
    needs={"wire"},
    per="trace",
    says="A SYN-ACK is sent again no sooner than a second after the one before, unless the SYN came again.",
    why="Half-open connections have a timer of their own, also those whose last ACK found the queue full.",
    source="net/ipv4/inet_connection_sock.c, reqsk_timer_handler; RFC 6298, 2.1; catalogue 0.6; catalogue 65, 67",
)
def syn_ack_again_after_a_second(trace: Trace) -> Verdict:
    again: list[Event] = []
    last: dict[tuple[str, int, int], Packet] = {}
    for packet in trace.each(Packet, proto="tcp"):
        if packet.flags == "S" and packet.phase == "arrived":
            last.pop((packet.dst, packet.dport, packet.sport), None)
        elif packet.flags == "SA" and packet.phase == "sent" and packet.sport and not packet.tags:
            before = last.get((packet.src, packet.sport, packet.dport))
            if before and packet.at_ns - before.at_ns < TIMER_NS:
                return failed(f"it was sent again after {(packet.at_ns - before.at_ns) // MS} ms", before, packet)
            again += [packet] if before else []
            last[packet.src, packet.sport, packet.dport] = packet
    return passed(*again) if again else not_applicable("no SYN-ACK was sent again by itself")


@clause(
    "K-57",
    force=MUST,
    needs={"syscall", "wire", "kernel"},
    per="trace",
    says="Never do more than n+1 connections wait that the kernel of the listener calls established.",
    why="A last ACK that finds the queue full is dropped: the client is connected, this end still in SYN_RECV.",
    source="net/ipv4/tcp_ipv4.c, tcp_v4_syn_recv_sock; listen(2); catalogue 0.6; catalogue 65",
    kernels="6.18",
)
def full_queue_establishes_nobody(trace: Trace) -> Verdict:
    for queue in queues(trace):
        states = [state for state in trace.of(TcpState, who=queue.who, new="ESTABLISHED") if _is_at(queue, state)]
        for place, state in enumerate(states, 1):
            taken = sum(queue.number(call) < queue.number(state) for call in queue.accepted)
            if place - taken > queue.room:
                return failed(f"{place - taken} wait established, and there is room for {queue.room}", *states)
        if len(states) >= queue.room:
            return passed_by_absence(*states)
    return not_applicable("no queue was ever full")


@clause(
    "K-58",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="accept() that fails for want of a descriptor leaves the connection in the queue: a level tells it again.",
    why="Whoever neither stops watching the listener nor makes room goes round for ever.",
    source="accept(2), EMFILE; catalogue 0.6, 96",
)
def without_descriptor_it_stays(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for queue in queues(trace):
        for refused in (call for call in queue.calls.each(Accept) if call.error in NO_DESCRIPTOR):
            wait = trace.after(refused).first(Wait, who=refused.who, pid=refused.pid, poller="epoll")
            if wait is None or wait.count is None or not _is_level(queue, refused, wait):
                continue
            next_wait = trace.after(wait).first(Wait, who=refused.who, pid=refused.pid)
            told = next(iter(queue.calls.between(wait, next_wait).each(Ready)), None)
            if told is None:
                return failed_by_absence("the connection that could not be accepted was not told again", refused, wait)
            seen += [refused, told]
    return passed(*seen) if seen else not_applicable("accept() never lacked a descriptor before a wait on a level")


@clause(
    "K-59",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Closing a listener resets every connection that waits in its queue.",
    why="The clients were told that they are connected; only a RST tells them that nobody will ever answer.",
    source="net/ipv4/inet_connection_sock.c, inet_csk_listen_stop; catalogue 104",
)
def closing_resets_the_queue(trace: Trace) -> Verdict:
    seen: list[Event] = []
    closings = [(queue, queue.calls.first(Close, by_exit=False, error="")) for queue in queues(trace)]
    left = [(queue, closed, port) for queue, closed in closings if closed for port in _left_waiting(queue, closed)]
    for queue, closed, port in left:
        sent = trace.after(closed).each(Packet, phase="sent", src=queue.who, sport=queue.port, dport=port)
        rst = next((packet for packet in sent if "R" in packet.flags), None)
        if rst is None:
            return failed_by_absence("a connection that waited was not reset", closed)
        seen += [closed, rst]
    return passed(*seen) if seen else not_applicable("no listener was closed with connections in its queue")


def _is_at(queue: Queue, state: TcpState) -> bool:
    return port_of(state.local) == queue.port and state.old == "SYN_RECV"


def _is_level(queue: Queue, refused: Event, wait: Event) -> bool:
    """Whether the listener is still watched as a level when the wait begins, with nothing accepted meanwhile."""
    watched = queue.watched(wait)
    undisturbed = not len(queue.calls.between(refused, wait))
    return undisturbed and "IN" in watched and not watched & {"ET", "ONESHOT"}


def _left_waiting(queue: Queue, closed: Event) -> list[int]:
    """The ports of the clients in the queue that had not reset their connection themselves."""
    came = [client for client, packet in queue.ended.items() if queue.number(packet) < queue.number(closed)]
    taken = {port_of(call.address) for call in queue.accepted}
    gone = {packet.sport for packet in queue.arrived if "R" in packet.flags}
    return [port for _, port in came if port not in taken | gone]
