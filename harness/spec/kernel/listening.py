"""What a listener is told of, and what accept() gives."""

from __future__ import annotations

from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Accept, Event, GetSockOpt, Packet, Ready, Recv, Send, bits
from harness.spec.kernel.pairing import standing
from harness.spec.kernel.queues import is_of, queues
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NO_QUEUE = "no client came to a listening socket over the wire"


@clause(
    "K-49",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A listener is ready only while a connection waits whose handshake has ended.",
    why="A SYN is told to nobody: until the last ACK the client may be a forged address.",
    source="catalogue 0.6; catalogue 0.7, listener; net/ipv4/tcp_minisocks.c, tcp_check_req; catalogue 68",
)
def ready_when_one_waits(trace: Trace) -> Verdict:
    told = [(queue, ready) for queue in queues(trace) for ready in queue.calls.of(Ready)]
    seen = [(queue, ready) for queue, ready in told if "IN" in bits(ready.mask) and "HUP" not in bits(ready.mask)]
    for queue, ready in seen:
        if queue.waiting(ready) < 1:
            return failed("the listener was ready, and no connection waited", queue.listen, ready)
    return passed(*[ready for _, ready in seen]) if seen else not_applicable(NO_QUEUE)


@clause(
    "K-50",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="accept() of a non-blocking listener gives a connection that waits, and EAGAIN only when none does.",
    why="Each connection is given once; whoever asks for more is told to wait and not made to.",
    source="accept(2), EAGAIN; catalogue 0.7, listener",
)
def accepts_what_waits(trace: Trace) -> Verdict:
    calls = [(queue, call) for queue in queues(trace) for call in queue.calls.of(Accept) if queue.is_nonblocking(call)]
    for queue, call in calls:
        waiting = queue.waiting(call)
        if not call.error and waiting < 1:
            return failed("accept() gave a connection, and none waited", call)
        if call.error == "EAGAIN" and waiting > 0:
            return failed(f"accept() said EAGAIN, and {waiting} waited", call)
    return passed(*[call for _, call in calls]) if calls else not_applicable(NO_QUEUE)


@clause(
    "K-51",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Connections are accepted in the order in which their handshakes ended.",
    why="The queue takes a connection with the last ACK, not with the SYN.",
    source="net/ipv4/inet_connection_sock.c, inet_csk_reqsk_queue_add; accept(2)",
)
def first_ended_first_accepted(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for queue in queues(trace):
        for accept, client in zip(queue.accepted, queue.ended, strict=False):
            if not is_of(accept, client):
                return failed("a connection was accepted before one that had come earlier", queue.ended[client], accept)
        seen += queue.accepted if len(queue.accepted) > 1 else []
    return passed(*seen) if seen else not_applicable("no listener gave two connections")


@clause(
    "K-52",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="listen(n) keeps n+1 connections; a SYN that finds so many waiting is dropped without an answer.",
    why="The kernel asks whether more than n wait, not whether n do; the client only sees that nobody answers.",
    source="include/net/sock.h, sk_acceptq_is_full; listen(2); catalogue 0.6; catalogue 65",
)
def full_queue_drops_the_syn(trace: Trace) -> Verdict:
    full = [(queue, syn) for queue in queues(trace) for syn in queue.syns_on_full()]
    for queue, syn in full:
        room = queue.calls.after(syn).first(Accept, error="")
        answer = trace.between(syn, room).first(Packet, phase="sent", src=queue.who, flags="SA", dport=syn.sport)
        if answer:
            return failed(f"{queue.room} connections waited already, and the SYN was answered", syn, answer)
    return passed_by_absence(*[syn for _, syn in full]) if full else not_applicable("no SYN found a full queue")


@clause(
    "K-53",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="An edge-triggered listener is not told again before something arrived for its port.",
    why="An edge is an arrival: connections that were left in the queue are not told of until the next one.",
    source="epoll(7), EPOLLET; catalogue 0.6, 100",
)
def an_edge_is_an_arrival(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for queue in queues(trace):
        for one, other in pairwise(queue.calls.of(Ready)):
            unchanged = not [call for call in queue.calls.between(one, other) if not isinstance(call, Accept)]
            if "ET" in queue.watched(other) and unchanged:
                arrived = next((packet for packet in queue.arrived if _between(trace, one, packet, other)), None)
                if arrived is None:
                    return failed("the listener was told again, and nothing had arrived", one, other)
                seen += [one, arrived, other]
    return passed(*seen) if seen else not_applicable("no edge of a listener was told twice")


@clause(
    "K-54",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A RST in the middle of a handshake ends it: accept() never gives that connection.",
    why="There is nothing to tell: the listener did not know of it yet.",
    source="catalogue 0.7, RST in SYN_RCVD; net/ipv4/tcp_minisocks.c, tcp_check_req",
)
def reset_handshake_is_forgotten(trace: Trace) -> Verdict:
    reset = [(queue, client, rst) for queue in queues(trace) for client, rst in queue.reset()]
    for queue, client, rst in reset:
        if given := next((call for call in queue.accepted if is_of(call, client)), None):
            return failed("accept() gave a connection whose handshake was reset", rst, given)
    return passed_by_absence(*[rst for *_, rst in reset]) if reset else not_applicable("no handshake was reset")


@clause(
    "K-55",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A connection that was reset while it waited is accepted all the same, and its first read says ECONNRESET.",
    why="Linux does not take it out of the queue, and accept() does not say ECONNABORTED as other systems do.",
    source="accept(2), ECONNABORTED; catalogue 0.7, RST before accept; catalogue 97",
)
def reset_in_the_queue_is_accepted(trace: Trace) -> Verdict:
    for end in standing(trace):
        rst, read = end.rst, end.first(Recv)
        in_queue = rst and isinstance(end.made, Accept) and end.number(rst) < end.number(end.made)
        if rst is None or read is None or not in_queue or end.fin or end.unread(read):
            continue
        if any(isinstance(call, (Send, GetSockOpt)) for call in end.between(end.made, read)):
            continue
        if read.error != "ECONNRESET":
            return failed("the connection was reset before accept(), and the first read does not say so", rst, read)
        return passed(rst, end.made, read)
    return not_applicable("no connection was reset in the queue and then read")


def _between(trace: Trace, one: Event, event: Event, other: Event) -> bool:
    return trace.number(one) < trace.number(event) < trace.number(other)
