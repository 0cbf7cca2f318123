"""What is told of a refusal, and how often: to further calls of connect(), to reads and writes, to an edge."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import (
    Call,
    Connect,
    Event,
    GetPeerName,
    GetSockName,
    GetSockOpt,
    Packet,
    Ready,
    Recv,
    Send,
    TcpState,
    bits,
)
from harness.notation import body
from harness.spec.kernel.seen import (
    asked,
    icmp,
    is_edge,
    is_nonblocking,
    next_connect,
    refusal,
    reports,
    taker,
    takes_error,
)
from harness.trace import View
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NOT_REFUSED = "no RST answered the SYN"
NOT_ASKED = "nothing of the kind was asked after the RST"


@clause(
    "K-13",
    force=MUST,
    needs={"syscall", "wire"},
    says="The first connect() after the refusal says ECONNREFUSED if nobody was told of it, else ECONNABORTED.",
    why="It reports the end of the attempt in any case, by the error that is pending or by one of its own.",
    source="catalogue 0.1, RST to SYN, second connect(); net/ipv4/af_inet.c, __inet_stream_connect, sock_error",
)
def second_connect_reports_the_first(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    again = next_connect(attempt, rst) if rst and is_nonblocking(attempt) else None
    if rst is None or again is None:
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    wanted = "ECONNREFUSED" if taker(attempt, rst) is again else "ECONNABORTED"
    if again.error != wanted:
        return failed(f"connect() returned {again.error or 0}, should be {wanted}", rst, again)
    return passed(rst, again)


@clause(
    "K-14",
    force=MUST,
    needs={"syscall", "wire"},
    says="The connect() that reports a refusal leaves the socket as new: OUT if asked for, HUP, and no error.",
    why="It disconnects the socket; what was shut is open again, and what is left is a socket never connected.",
    source="catalogue 0.1, blocking connect refused; net/ipv4/tcp.c, tcp_disconnect",
)
def second_connect_makes_it_new(attempt: Attempt) -> Verdict:
    told = _reporting_connect(attempt)
    rest = attempt.between(told, next_connect(attempt, told)) if told else None
    if told is None or rest is None:
        return not_applicable("no connect() reported a refusal")
    wrong = next(
        (ready for ready in reports(rest) if bits(ready.mask) != (asked(attempt, ready) & {"OUT"}) | {"HUP"}), None
    )
    error = next((read for read in rest.each(GetSockOpt, option="SO_ERROR", error="") if read.value != "0"), None)
    if wrong or error:
        return failed("the socket is not as new", told, *(event for event in (wrong, error) if event))
    seen: list[Event] = [*reports(rest), *rest.of(GetSockOpt, option="SO_ERROR", error="")]
    return passed(told, *seen) if seen else not_applicable("nothing was asked of the socket after that")


@clause(
    "K-15",
    force=MUST,
    needs={"syscall", "wire"},
    says="The connect() after the one that reports a refusal begins a new attempt, with a SYN of its own.",
    why="The kernel allows what connect(2) calls unportable: a failed socket can be connected again.",
    source="catalogue 0.1, RST to SYN, third connect(); connect(2), NOTES; catalogue 11",
)
def third_connect_begins_anew(attempt: Attempt) -> Verdict:
    told = _reporting_connect(attempt)
    third = next_connect(attempt, told) if told else None
    if told is None or third is None or third.address != attempt.connect.address:
        return not_applicable("no connect() followed the one that reported a refusal")
    later, syn = attempt.trace.after(third), {"phase": "sent", "flags": "S", "src": attempt.trace.subject}
    sent = later.first(Packet, **syn)
    if third.error in ("EISCONN", "EALREADY", "ECONNABORTED") or sent is None:
        return failed(f"connect() returned {third.error or 0}, and {later.count(Packet, **syn)} SYNs left", told, third)
    return passed(told, third, sent)


@clause(
    "K-16",
    force=MUST,
    needs={"syscall", "wire"},
    says="Reading or writing a refused socket takes the refusal; after that a read is the end, and a write EPIPE.",
    why="The error is told once to whoever comes first, and what is left is a stream shut in both directions.",
    source="catalogue 0.1, 6; net/ipv4/tcp.c, tcp_recvmsg_locked; sk_stream_error",
)
def transfers_of_a_refused_socket(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    calls = _transfers(attempt.between(rst, next_connect(attempt, rst))) if rst else []
    if rst is None or not calls:
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    first = taker(attempt, rst)
    wrong = [call for call in calls if not _is_lawful(call, "ECONNREFUSED" if call is first else "")]
    return failed(f"{body(wrong[0])} of a refused socket", rst, wrong[0]) if wrong else passed(rst, *calls)


@clause(
    "K-23",
    force=MUST,
    needs={"syscall", "wire"},
    says="Edge-triggered, what an attempt came to is reported once: not again without news, a call or a new watch.",
    why="The event is the news and not the state; a loop that loses it waits for ever.",
    source="catalogue 0.7, RST, ET; epoll(7), Level-triggered and edge-triggered",
)
def an_edge_is_reported_once(attempt: Attempt) -> Verdict:
    told = attempt.after(attempt.connect).each(Ready, poller="epoll")
    first = next((ready for ready in told if is_edge(attempt, ready)), None)
    if first is None:
        return not_applicable("nothing was reported edge-triggered")
    second = attempt.after(first).first(Ready, poller="epoll")
    news = any(_wakes(event) for event in attempt.between(first, second))
    if second is None or news or icmp(attempt.trace).between(first, second).first(Packet):
        return passed_by_absence(first)
    return failed("the same was reported twice", first, second)


def _wakes(event: Event) -> bool:
    """Whatever comes and whatever the subject does to the socket may lead to an event; asking for names does not."""
    if isinstance(event, Call):
        return takes_error(event) or not isinstance(event, (GetPeerName, GetSockName, GetSockOpt, Ready))
    return isinstance(event, (Packet, TcpState))


def _reporting_connect(attempt: Attempt) -> Connect | None:
    """The connect() that told of the refusal: the blocking one itself, or the first after the RST."""
    if attempt.connect.error == "ECONNREFUSED" and not is_nonblocking(attempt):
        return attempt.connect
    rst = refusal(attempt)
    told = next_connect(attempt, rst) if rst and attempt.in_progress else None
    return told if told and told.error in ("ECONNREFUSED", "ECONNABORTED") else None


def _transfers(view: View) -> list[Call]:
    calls: list[Call] = [*view.of(Send), *view.of(Recv)]
    return sorted(calls, key=view.number)


def _is_lawful(call: Call, error: str) -> bool:
    """Whether a transfer says what is left to say: the error if it is the first to be told, else the end."""
    if error or isinstance(call, Send):
        return call.error == (error or "EPIPE")
    return isinstance(call, Recv) and not call.error and call.result == 0
