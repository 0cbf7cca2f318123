"""What a socket says when its SYN was answered by a SYN-ACK, and what may follow before anybody looks."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Connect, Event, GetPeerName, GetSockOpt, Packet, Recv, Send, ShutDown, bits, mask_of
from harness.notation import body
from harness.spec.kernel.seen import (
    acceptance,
    asked,
    dead,
    end,
    icmp,
    in_order,
    is_nonblocking,
    next_connect,
    reports,
    reset,
    takes_error,
    untaken,
)
from harness.verdict import Verdict, failed, not_applicable, passed

NOT_ACCEPTED = "no SYN-ACK answered the SYN, or nobody looked"
NOT_RESET = "no RST came after the handshake, or nobody looked"
NOT_ENDED = "no FIN came, or nobody looked"


@clause(
    "K-28",
    force=MUST,
    needs={"syscall", "wire"},
    says="A SYN-ACK makes the socket ready for OUT and nothing else, with 0 in SO_ERROR.",
    why="There is room to write and nothing to read; a server that says nothing never makes a socket readable.",
    source="catalogue 0.1, success; catalogue 0.7, SYN-ACK; net/ipv4/tcp.c, tcp_poll",
)
def accepted_is_writable(attempt: Attempt) -> Verdict:
    begun = acceptance(attempt)
    ready = next(reports(attempt.after(begun)), None) if begun and attempt.in_progress else None
    if begun is None or ready is None or not _is_quiet(attempt, begun, ready):
        return not_applicable(NOT_ACCEPTED)
    if bits(ready.mask) != asked(attempt, ready) & {"OUT"}:
        return failed(f"{body(ready)} when only the SYN-ACK had come", begun, ready)
    read = attempt.after(ready).first(GetSockOpt, option="SO_ERROR", error="")
    if read and read.value not in ("0", "ETIMEDOUT") and _is_quiet(attempt, begun, read):
        return failed(f"SO_ERROR was {read.value} when only the SYN-ACK had come", begun, read)
    return passed(begun, ready, *([read] if read else []))


@clause(
    "K-29",
    force=MUST,
    needs={"syscall", "wire"},
    says="On a connection that stands the first connect() to ask for the outcome says 0, and every later one EISCONN.",
    why="connect() reports the success of an attempt once, like its failure; then it finds a socket in use.",
    source="catalogue 0.1, 0.7, 10; net/ipv4/af_inet.c, SS_CONNECTING",
)
def connect_says_0_once(attempt: Attempt) -> Verdict:
    begun = acceptance(attempt)
    calls = attempt.between(begun, reset(attempt)).of(Connect) if begun and is_nonblocking(attempt) else []
    if not calls or not attempt.in_progress:
        return not_applicable("connect() was not called again on a connection that stood")
    wanted = ["", *["EISCONN"] * (len(calls) - 1)]
    wrong = [call for call, error in zip(calls, wanted, strict=True) if call.error != error]
    return failed(f"connect() returned {wrong[0].error or 0}", attempt.connect, *calls) if wrong else passed(*calls)


@clause(
    "K-30",
    force=MUST,
    needs={"syscall", "wire"},
    says="getpeername() of a connection that stands is the address given to connect(), also after the peer's FIN.",
    why="A peer that ended its direction is still there; only a RST takes it away.",
    source="catalogue 0.1, success and SYN-ACK with FIN; net/ipv4/af_inet.c, inet_getname",
)
def the_peer_is_who_was_called(attempt: Attempt) -> Verdict:
    begun = acceptance(attempt)
    until = reset(attempt) or attempt.first(ShutDown)
    calls = attempt.between(begun, until).of(GetPeerName) if begun else []
    if begun is None or not calls:
        return not_applicable("nobody asked for the peer of a connection that stood")
    wrong = [call for call in calls if call.error or call.address != attempt.connect.address]
    return (
        failed(f"{body(wrong[0])}, should be {attempt.connect.address}", begun, wrong[0]) if wrong else passed(*calls)
    )


@clause(
    "K-31",
    force=MUST,
    needs={"syscall", "wire"},
    says="A RST after the SYN-ACK makes the socket ready for everything asked for, and for ERR and HUP.",
    why="To a poller a connection that was reset looks like one that was refused; only the errno tells them apart.",
    source="catalogue 0.1, SYN-ACK then RST; catalogue 0.7, RST when established; net/ipv4/tcp_input.c, tcp_reset",
)
def reset_is_ready_for_all(attempt: Attempt) -> Verdict:
    rst = reset(attempt)
    told = untaken(attempt, rst) if rst else []
    if rst is None or not told:
        return not_applicable(NOT_RESET)
    wrong = [ready for ready in told if bits(ready.mask) != dead(attempt, ready)]
    if wrong:
        return failed(f"{body(wrong[0])}, should be {mask_of(dead(attempt, wrong[0]))}", rst, wrong[0])
    return passed(rst, *told)


@clause(
    "K-32",
    force=MUST,
    needs={"syscall", "wire"},
    says="The peer's FIN is reported as IN and RDHUP, where asked for, and never as ERR or, alone, as HUP.",
    why="One direction has ended and the other works; HUP would say that both have.",
    source="catalogue 0.1, SYN-ACK and FIN; catalogue 0.7, peer FIN; net/ipv4/tcp.c, tcp_poll; catalogue 33",
)
def half_an_end_is_no_hang_up(attempt: Attempt) -> Verdict:
    fin = end(attempt)
    until = _first(attempt, reset(attempt), attempt.first(ShutDown))
    told = list(reports(attempt.between(fin, until))) if fin and not _has_message(attempt) else []
    if fin is None or not told:
        return not_applicable(NOT_ENDED)
    for ready in told:
        seen = bits(ready.mask)
        if seen & {"ERR", "HUP"} or not asked(attempt, ready) & {"IN", "RDHUP"} <= seen:
            return failed(f"{body(ready)} after the peer's FIN", fin, ready)
    return passed(fin, *told)


@clause(
    "K-33",
    force=MUST,
    needs={"syscall", "wire"},
    says="When the peer's FIN has come and the own direction is shut, HUP is reported as well.",
    why="HUP means that both directions have ended, whoever ended them first.",
    source="catalogue 0.7, peer FIN; net/ipv4/tcp.c, tcp_poll, SHUTDOWN_MASK; catalogue 95",
)
def both_ends_are_a_hang_up(attempt: Attempt) -> Verdict:
    fin = end(attempt)
    shut = next((call for call in attempt.each(ShutDown, error="") if call.how in ("WR", "RDWR")), None)
    if fin is None or shut is None:
        return not_applicable("the connection did not end in both directions")
    later = fin if attempt.number(fin) > attempt.number(shut) else shut
    told = list(reports(attempt.after(later)))
    wrong = [ready for ready in told if "HUP" not in bits(ready.mask)]
    if wrong:
        return failed(f"{body(wrong[0])}, though both directions had ended", fin, shut, wrong[0])
    return passed(fin, shut, *told) if told else not_applicable("nobody looked after both had ended")


@clause(
    "K-34",
    force=MUST,
    needs={"syscall", "wire"},
    says="Data that came before a RST is still there to be read, unless connect() is called again.",
    why="A reset ends the connection and not what it had brought; connect() throws away both.",
    source="catalogue 0.1, SYN-ACK, data, RST; net/ipv4/tcp.c, tcp_recvmsg_locked, tcp_disconnect; catalogue 63",
)
def data_outlives_the_reset(attempt: Attempt) -> Verdict:
    rst = reset(attempt)
    read = attempt.between(rst, next_connect(attempt, rst)).first(Recv) if rst else None
    if rst is None or read is None or attempt.first(ShutDown):
        return not_applicable("nobody read after a RST")
    left = _unread(attempt, rst)
    if left <= 0:
        return not_applicable("there was nothing left to be read")
    return passed(rst, read) if read.result > 0 else failed(f"{body(read)}, and {left} bytes had come", rst, read)


@clause(
    "K-35",
    force=MUST,
    needs={"syscall", "wire"},
    says="A RST after the handshake is told once, as ECONNRESET, or EPIPE after a FIN; then reads end, writes EPIPE.",
    why="The first call that can tell takes the error; what is left is a stream shut in both directions.",
    source="catalogue 0.1, 0.7, 60; net/ipv4/tcp_input.c, tcp_reset",
)
def reset_is_told_once(attempt: Attempt) -> Verdict:
    rst = reset(attempt)
    calls = _tellers(attempt, rst) if rst else []
    if rst is None or not calls:
        return not_applicable(NOT_RESET)
    first, *more = calls
    wanted = "EPIPE" if _is_half_closed(attempt, rst) else "ECONNRESET"
    if _told(first) != wanted:
        return failed(f"{body(first)} after the RST, should be {wanted}", rst, first)
    wrong = [call for call in more if _told(call) != _left(call)]
    return failed(f"{body(wrong[0])} after the reset was told", first, wrong[0]) if wrong else passed(rst, *calls)


def _tellers(attempt: Attempt, rst: Packet) -> list[Call]:
    """The calls that may tell of the reset, up to the next connect(); a read that finds data tells of nothing."""
    calls: list[Call] = []
    for call in attempt.after(rst).each(Call):
        if takes_error(call) and not (isinstance(call, Recv) and call.result > 0):
            calls.append(call)
        if isinstance(call, Connect):
            break
    return calls


def _left(call: Call) -> str:
    """What is left to be told when the error has been taken."""
    return {Send: "EPIPE", Connect: "ECONNABORTED"}.get(type(call), "0")


def _told(call: Call) -> str:
    """The error that a call tells of, 0 for none."""
    return call.value if isinstance(call, GetSockOpt) else call.error or "0"


def _is_quiet(attempt: Attempt, begun: Packet, until: Event) -> bool:
    """Whether nothing came between the SYN-ACK and this event but acknowledgements, and nothing was shut."""
    news = [packet for packet in in_order(attempt) if packet.size or set(packet.flags) & set("FR")]
    early = [packet for packet in news if attempt.number(packet) < attempt.number(until)]
    return not early and not _has_message(attempt) and attempt.between(begun, until).first(ShutDown) is None


def _has_message(attempt: Attempt) -> bool:
    return icmp(attempt.trace).first(Packet) is not None


def _first(attempt: Attempt, *events: Event | None) -> Event | None:
    return min((event for event in events if event), key=attempt.number, default=None)


def _unread(attempt: Attempt, rst: Packet) -> int:
    """How many bytes had come before the RST that nobody had read by then."""
    came = sum(packet.size for packet in in_order(attempt) if attempt.number(packet) < attempt.number(rst))
    return came - sum(read.result for read in attempt.before(rst).each(Recv, error=""))


def _is_half_closed(attempt: Attempt, rst: Packet) -> bool:
    """Whether the connection was in CLOSE_WAIT when the RST came: the peer had ended its direction, and we not ours."""
    fin = end(attempt)
    shut = any(call.how != "RD" for call in attempt.before(rst).each(ShutDown, error=""))
    return fin is not None and attempt.number(fin) < attempt.number(rst) and not shut
