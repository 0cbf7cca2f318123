"""What close() sends, and what becomes of what comes afterwards."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Close, Event, Packet, SetSockOpt
from harness.spec.kernel.ends import WRITE_SIDE, End, is_dead, known
from harness.spec.kernel.pairing import standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, merge, not_applicable, passed


@clause(
    "K-65",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="close() with data that was not read sends RST, close() with none sends FIN.",
    why="The peer must learn that its bytes reached nobody.",
    source="RFC 2525, 2.17; net/ipv4/tcp.c, __tcp_close; catalogue 0.7",
)
def unread_data_is_a_reset(trace: Trace) -> Verdict:
    verdicts = [_of_close(end, end.closed) for end in standing(trace) if end.closed and _is_alive(end, end.closed)]
    return merge(verdicts) if verdicts else not_applicable("no connection was closed that was still open")


def _of_close(end: End, closed: Close) -> Verdict:
    unread = end.unread(closed)
    last = next((packet for packet in end.after(closed).each(Packet, phase="sent", src=end.who) if _ends(packet)), None)
    if last is None and unread:
        return failed_by_absence(f"{unread} bytes were not read, and no RST was sent", closed)
    if last is None or (not unread and last.at_ns > _next_arrival_ns(end, closed)):
        return not_applicable("what was written had not left yet")
    if ("R" in last.flags) != (unread > 0):
        return failed(f"{unread} bytes were not read, and {last.flags} was sent", closed, last)
    return passed(closed, last)


@clause(
    "K-66",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="close() with SO_LINGER of 0 seconds sends RST, never FIN.",
    why="The connection is thrown away, with whatever was not sent yet.",
    source="socket(7), SO_LINGER; RFC 9293, 3.10.5, ABORT; catalogue 0.7",
)
def no_linger_is_a_reset(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        option, closed = end.option("SO_LINGER"), end.closed
        if closed is None or option is None or not _is_zero(option) or end.shut(WRITE_SIDE) or is_dead(end, closed):
            continue
        sent = (packet for packet in end.after(closed).each(Packet, phase="sent", src=end.who) if _ends(packet))
        last = next(sent, None)
        if last is None or "R" not in last.flags:
            return failed_by_absence("close() sent no RST", option, closed, *known(last))
        seen += [option, closed, last]
    return passed(*seen) if seen else not_applicable("no connection was closed with SO_LINGER of 0 seconds")


@clause(
    "K-67",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Data that arrives for a socket that was closed is answered with RST.",
    why="Nobody is left to read it, and the peer must not wait for an answer.",
    source="RFC 1122, 4.2.2.13; net/ipv4/tcp_input.c, tcp_rcv_state_process; catalogue 0.7",
)
def late_data_is_a_reset(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        late = next((one.by for one in end.delivered if one.size > 0 and _is_late(end, one.by)), None)
        if late is None:
            continue
        answers = end.after(late).each(Packet, phase="sent", src=end.who)
        reset = next((packet for packet in answers if "R" in packet.flags), None)
        if reset is None:
            return failed_by_absence("data came for a closed socket, and no RST was sent", *known(end.closed), late)
        seen += [late, reset]
    return passed(*seen) if seen else not_applicable("no data arrived for a closed socket")


def _ends(packet: Packet) -> bool:
    return bool(set(packet.flags) & {"F", "R"})


def _is_alive(end: End, closed: Close) -> bool:
    """Whether close() has something to end: not dead, this side not shut, and no order to throw it away.

    Urgent data is neither read nor unread: it is told apart from the stream, or within it (SO_OOBINLINE).
    """
    option = end.option("SO_LINGER")
    if end.stood is None or end.number(end.stood) > end.number(closed) or _has_urgent(end):
        return False
    return not (is_dead(end, closed) or end.shut(WRITE_SIDE) or (option and _is_zero(option)))


def _has_urgent(end: End) -> bool:
    return any("U" in packet.flags for packet in end.arrived)


def _is_zero(option: SetSockOpt) -> bool:
    return "l_onoff=1" in option.value and "l_linger=0" in option.value


def _is_late(end: End, packet: Packet) -> bool:
    return end.closed is not None and end.number(packet) > end.number(end.closed)


def _next_arrival_ns(end: End, closed: Close) -> int:
    later = end.after(closed).first(Packet, phase="arrived", dst=end.who)
    return later.at_ns if later else closed.at_ns + (1 << 62)
