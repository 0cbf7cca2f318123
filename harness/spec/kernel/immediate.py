"""What a socket says when connect() failed at once or was never called, and what is not TCP as one knows it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Connect, Event, GetSockOpt, Listen, Packet, Ready, Send, ShutDown, Socket, Watch, bits
from harness.flows import PENDING, port_of
from harness.notation import body
from harness.spec.kernel.seen import HANGING_UP, REPORTED, asked, is_nonblocking
from harness.trace import Trace, View
from harness.verdict import Verdict, failed, inconclusive, not_applicable, passed, passed_by_absence

REPEATED = ("EALREADY", "EISCONN", "ECONNABORTED")
"""What only a connect() after the first one says."""


@clause(
    "K-25",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A refused socket of multipath TCP is ready for OUT, where asked for, ERR and HUP, and not for IN and RDHUP.",
    why="It has a poll function of its own. Linux 6.18 does so; what plain TCP gives leaves open which version it was.",
    source="catalogue 0.1, MPTCP refused; net/mptcp/protocol.c, mptcp_poll; catalogue 71",
    kernels="6.18",
)
def refused_multipath(trace: Trace) -> Verdict:
    for opened in trace.of(Socket, who=trace.subject, type="mptcp", error=""):
        calls = trace.part(trace.calls_on(opened.sock, trace.subject))
        connect, ready = calls.first(Connect), calls.first(Ready)
        rst = _refusal_of(trace, connect, ready) if connect and ready else None
        if connect is None or ready is None or rst is None or ready.poller not in HANGING_UP:
            continue
        watch = calls.before(ready).last(Watch, poller=ready.poller)
        return _of_multipath(rst, ready, bits(watch.interest) if watch else frozenset())
    return not_applicable("no socket of multipath TCP was refused")


def _of_multipath(rst: Packet, ready: Ready, interest: frozenset[str]) -> Verdict:
    seen = bits(ready.mask)
    if seen == (interest & {"OUT"}) | {"ERR", "HUP"}:
        return passed(rst, ready)
    if seen == (interest & REPORTED) | {"ERR", "HUP"}:
        return inconclusive(f"{body(ready)}, which is what plain TCP gives", rst, ready)
    return failed(f"{body(ready)} after a RST", rst, ready)


@clause(
    "K-36",
    force=MUST,
    needs={"syscall", "wire"},
    says="A connect() that fails at once sends nothing.",
    why="It fails before there is anything to send: for want of a route, an address or a port.",
    source="catalogue 0.3; net/ipv4/tcp_ipv4.c, tcp_v4_connect; net/ipv6/tcp_ipv6.c, tcp_v6_connect",
)
def immediate_failure_sends_nothing(attempt: Attempt) -> Verdict:
    failure = attempt.connect
    if not attempt.failed_at_once or failure.error in REPEATED or not is_nonblocking(attempt):
        return not_applicable("connect() did not fail at once")
    later = attempt.trace.between(failure, attempt.trace.after(failure).first(Connect, who=attempt.trace.subject))
    port = port_of(failure.address)
    sent = later.first(Packet, phase="sent", flags="S", src=attempt.trace.subject, dport=port)
    return (
        failed(f"connect() said {failure.error}, and a SYN left", failure, sent) if sent else passed_by_absence(failure)
    )


@clause(
    "K-37",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A socket that never connected, or failed to at once, is ready for OUT, if asked for, and HUP; SO_ERROR is 0.",
    why="It is in CLOSE, which reads as hung up, and can be written to without blocking, if only to be told EPIPE.",
    source="catalogue 0.1, fresh socket and immediate failure; net/ipv4/tcp.c, tcp_poll; catalogue 25, 32",
)
def unconnected_is_hung_up(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for view in _unconnected(trace):
        for ready in (ready for ready in view.each(Ready) if ready.poller in HANGING_UP):
            watch = view.before(ready).last(Watch, poller=ready.poller)
            if watch and bits(ready.mask) != (bits(watch.interest) & {"OUT"}) | {"HUP"}:
                return failed(f"{body(ready)} of a socket that is not connected", ready)
            seen.append(ready)
        for read in view.each(GetSockOpt, option="SO_ERROR", error=""):
            if read.value != "0":
                return failed(f"SO_ERROR was {read.value} of a socket that is not connected", read)
            seen.append(read)
    return passed(*seen) if seen else not_applicable("nobody looked at a socket that was not connected")


@clause(
    "K-38",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="connect() on a Unix socket is never in progress: it says 0, or what is wrong at once.",
    why="There is no network to wait for; a full queue is EAGAIN, and nothing goes on after it.",
    source="catalogue 0.3, unix; net/unix/af_unix.c, unix_stream_connect; connect(2), EAGAIN; catalogue 20, 21, 22",
)
def unix_is_never_in_progress(trace: Trace) -> Verdict:
    local = {opened.sock for opened in trace.of(Socket, who=trace.subject, family="unix", error="")}
    calls = [call for call in trace.of(Connect, who=trace.subject) if call.sock in local]
    wrong = [call for call in calls if call.error in {"EINPROGRESS", "EALREADY"}]
    if wrong:
        return failed(f"connect() on a Unix socket said {wrong[0].error}", wrong[0])
    return passed(*calls) if calls else not_applicable("no Unix socket was connected")


@clause(
    "K-39",
    force=MUST,
    needs={"syscall"},
    says="A poller reports what it was asked for, and beyond that only ERR and HUP.",
    why="Those two cannot be masked; everything else that is reported was asked for.",
    source="catalogue 0.1, masks; epoll_ctl(2), EPOLLERR and EPOLLHUP; poll(2)",
)
def nothing_unasked_but_err_and_hup(attempt: Attempt) -> Verdict:
    told = [ready for ready in attempt.of(Ready) if attempt.before(ready).last(Watch, poller=ready.poller)]
    unasked = {"ERR", "HUP"} if any(ready.poller in HANGING_UP for ready in told) else set()
    wrong = [ready for ready in told if bits(ready.mask) - asked(attempt, ready) - unasked]
    if wrong:
        return failed(f"{body(wrong[0])}, which nobody asked for", wrong[0])
    return passed(*told) if told else not_applicable("nothing was reported")


def _unconnected(trace: Trace) -> Iterator[View]:
    """For each TCP socket of the subject its calls before connect(), and those after one that failed at once."""
    for opened in trace.of(Socket, who=trace.subject, type="stream", nonblocking=True, error=""):
        calls = trace.part(trace.calls_on(opened.sock, trace.subject))
        if opened.family not in ("inet", "inet6") or calls.first(Listen) or calls.first(ShutDown):
            continue
        first = _connecting(calls)
        yield calls.before(first) if first else calls
        if isinstance(first, Connect) and first.error not in {"", *PENDING, *REPEATED}:
            second = _connecting(calls.after(first))
            yield calls.between(first, second)


def _connecting(calls: View) -> Call | None:
    """The next call that may connect: a write does so too, with MSG_FASTOPEN."""
    return next((call for call in calls.each(Call) if isinstance(call, (Connect, Send))), None)


def _refusal_of(trace: Trace, connect: Connect, ready: Ready) -> Packet | None:
    """The RST that answered this connect() before the socket was ready."""
    answers = trace.between(connect, ready).of(
        Packet, phase="arrived", dst=trace.subject, sport=port_of(connect.address)
    )
    first = next(iter(answers), None)
    return first if first and "R" in first.flags and first.ack == 1 else None
