"""What a socket says while its SYN is out and nothing has come back."""

from __future__ import annotations

from collections.abc import Iterator

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Connect, GetPeerName, GetSockName, GetSockOpt, Packet, Recv, Send, bits
from harness.flows import PENDING, port_of
from harness.notation import body
from harness.spec.kernel.seen import HANGING_UP, came_back, has_option, is_nonblocking, is_tcp, pending_until, syns
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NOT_PENDING = "nothing was asked of the socket while its SYN was out unanswered"
FAST_OPEN = "TCP_FASTOPEN_CONNECT"


@clause(
    "K-01",
    force=MUST,
    needs={"syscall"},
    says="The first connect() of a non-blocking TCP socket never returns 0: EINPROGRESS, or an error at once.",
    why="Even on the loopback, where the handshake is over before it returns, the kernel does not wait to see it.",
    source="catalogue 0.1, success; net/ipv4/af_inet.c, __inet_stream_connect; connect(2), EINPROGRESS",
)
def first_connect_never_succeeds(attempt: Attempt) -> Verdict:
    if not is_tcp(attempt) or not is_nonblocking(attempt) or has_option(attempt, FAST_OPEN):
        return not_applicable("no TCP; or the socket may block, or puts its connect() off (TCP_FASTOPEN_CONNECT)")
    if attempt.connect.error in ("", "EALREADY", "EISCONN"):
        return failed(f"the first connect() returned {attempt.connect.error or 0}", attempt.connect)
    return passed(attempt.connect)


@clause(
    "K-02",
    force=MUST,
    needs={"syscall", "wire"},
    says="Before anything came back the poller reports nothing, unless the kernel itself gave up, which is ERR.",
    why="Writability is the news that the attempt is over; there is no other, and none before there is an outcome.",
    source="catalogue 0.1, SYN sent and no answer; net/ipv4/tcp.c, tcp_poll; catalogue 51",
)
def nothing_is_reported_before_an_answer(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if not attempt.in_progress or not syns(attempt):
        return not_applicable("no SYN was seen to leave for an outcome that was awaited")
    if ready is None:
        back = came_back(attempt, None)
        return not_applicable("nothing was reported") if back else passed_by_absence(attempt.connect)
    back = came_back(attempt, ready)
    if back or ready.poller not in HANGING_UP:
        return passed(back, ready) if back else not_applicable("select has no word for failure")
    if "ERR" not in bits(ready.mask):
        return failed(f"{body(ready)}, though nothing had come back", attempt.connect, ready)
    return passed(ready, reason="the kernel gave up")


@clause(
    "K-03",
    force=MUST,
    needs={"syscall", "wire"},
    says="SO_ERROR is 0 as long as nothing has come back.",
    why="It holds an error that happened; that none happened yet is no success.",
    source="catalogue 0.1, SYN sent and no answer; socket(7), SO_ERROR; catalogue 7",
)
def no_error_before_an_answer(attempt: Attempt) -> Verdict:
    reads = pending_until(attempt).of(GetSockOpt, option="SO_ERROR", error="")
    wrong = [read for read in reads if read.value != "0"]
    if wrong:
        return failed(f"SO_ERROR was {wrong[0].value} while nothing had come back", attempt.connect, wrong[0])
    return passed(*reads) if reads else not_applicable(NOT_PENDING)


@clause(
    "K-04",
    force=MUST,
    needs={"syscall", "wire"},
    says="A further connect() says EALREADY as long as nothing has come back.",
    why="The attempt goes on, and the call neither restarts nor ends it.",
    source="catalogue 0.1, SYN sent and no answer; connect(2), EALREADY; catalogue 10",
)
def connect_again_is_already_under_way(attempt: Attempt) -> Verdict:
    calls = pending_until(attempt).of(Connect)
    wrong = [call for call in calls if call.error != "EALREADY"]
    if not calls or not is_nonblocking(attempt):
        return not_applicable(NOT_PENDING)
    return failed(f"connect() returned {wrong[0].error or 0}", attempt.connect, wrong[0]) if wrong else passed(*calls)


@clause(
    "K-05",
    force=MUST,
    needs={"syscall", "wire"},
    says="Reading from and writing to a non-blocking socket say EAGAIN as long as nothing has come back.",
    why="There may be a connection yet; ENOTCONN is for a socket that has none to wait for.",
    source="catalogue 0.7, connect without an answer; net/ipv4/tcp.c, tcp_recvmsg and tcp_sendmsg_locked",
)
def transfers_would_block(attempt: Attempt) -> Verdict:
    view = pending_until(attempt)
    calls: list[Call] = [*view.of(Send), *view.of(Recv)]
    if not calls or not is_nonblocking(attempt) or has_option(attempt, FAST_OPEN):
        return not_applicable(NOT_PENDING)
    wrong = [call for call in calls if call.error != "EAGAIN"]
    return failed(f"{body(wrong[0])} while nothing had come back", wrong[0]) if wrong else passed(*calls)


@clause(
    "K-06",
    force=MUST,
    needs={"syscall", "wire"},
    says="getpeername() says ENOTCONN as long as nothing has come back.",
    why="In SYN_SENT the kernel knows the address of the peer and does not give it out.",
    source="catalogue 0.1, SYN sent and no answer; net/ipv4/af_inet.c, inet_getname",
)
def no_peer_before_an_answer(attempt: Attempt) -> Verdict:
    calls = pending_until(attempt).of(GetPeerName)
    wrong = [call for call in calls if call.error != "ENOTCONN"]
    if wrong:
        return failed(f"{body(wrong[0])} while nothing had come back", attempt.connect, wrong[0])
    return passed(*calls) if calls else not_applicable(NOT_PENDING)


@clause(
    "K-07",
    force=MUST,
    needs={"syscall", "wire"},
    says="The port that getsockname() gives after connect() is the one from which the SYN leaves.",
    why="The port is chosen inside connect(), before the first SYN, and not when the connection stands.",
    source="catalogue 0.1, getsockname; net/ipv4/inet_hashtables.c, __inet_hash_connect",
)
def own_port_is_known_at_once(attempt: Attempt) -> Verdict:
    later = attempt.between(attempt.connect, attempt.after(attempt.connect).first(Connect))
    named = later.first(GetSockName, error="")
    sent = next((packet for packet in _sent(attempt) if packet.sport), None)
    if attempt.connect.error not in {"", *PENDING} or named is None or sent is None:
        return not_applicable("the name was not asked for, or no SYN was seen to leave")
    left = next(_sent(attempt, sport=port_of(named.address)), None)
    if left is None:
        return failed(f"no SYN left from port {port_of(named.address)}", named, next(_sent(attempt)))
    return passed(named, left)


def _sent(attempt: Attempt, **fields: object) -> Iterator[Packet]:
    """The SYNs that left for the attempt's address after connect() was called, from whichever port."""
    later, port = attempt.trace.after(attempt.connect), port_of(attempt.connect.address)
    return later.each(Packet, phase="sent", flags="S", src=attempt.trace.subject, dport=port, **fields)
