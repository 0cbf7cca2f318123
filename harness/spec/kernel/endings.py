"""What a poller and a reader learn of the end of an established connection: FIN and shutdown()."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Call, Event, Ready, Recv, Send, Wait, bits
from harness.spec.kernel.ends import READ_SIDE, WRITE_SIDE, End, earliest, is_dead, known
from harness.spec.kernel.pairing import standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed

NO_FIN = "no FIN arrived that a poller was asked about"


@clause(
    "K-60",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A FIN is told as IN and RDHUP to whoever asked for them.",
    why="The end of the stream can be read, and RDHUP says that nothing follows it.",
    source="catalogue 0.7, peer FIN when established; epoll_ctl(2), EPOLLRDHUP; net/ipv4/tcp.c, tcp_poll",
)
def fin_is_told(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        ready = _told_since(end, end.fin)
        owed = end.asked(ready, ready.poller) & {"IN", "RDHUP"} if ready else frozenset()
        if ready and owed - bits(ready.mask):
            return failed(f"the FIN had arrived, and the poller says {ready.mask}", *known(end.fin), ready)
        seen += [*known(end.fin), ready] if ready and owed else []
    return passed(*seen) if seen else not_applicable(NO_FIN)


@clause(
    "K-61",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="HUP is told only when both directions are closed, or the connection died.",
    why="After the peer's FIN alone there may be much to send: whoever takes RDHUP for the end cuts it off.",
    source="catalogue 0.7, peer FIN when established; net/ipv4/tcp.c, tcp_poll, about SHUTDOWN_MASK",
)
def hup_means_both(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for ready in (ready for ready in end.reports(end.stood) if "HUP" in bits(ready.mask)):
            written, read = end.shut(WRITE_SIDE), end.shut(READ_SIDE)
            closed = [earliest(end, written), earliest(end, end.fin, read)]
            if not is_dead(end, ready) and not all(event and end.number(event) < end.number(ready) for event in closed):
                return failed(f"one direction is open, and the poller says {ready.mask}", *known(*closed), ready)
            seen += [*known(*closed), ready]
    return passed(*seen) if seen else not_applicable("no connection that had stood was told to hang up")


@clause(
    "K-62",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="The end of the stream is read only after the FIN arrived, or after this end shut its reading or died.",
    why="0 means that nothing will ever follow, which only the peer can say.",
    source="recv(2), return value; catalogue 0.7",
)
def eof_is_a_fin(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for read in (call for call in end.each(Recv, error="", result=0) if call.size and end.stood):
            cause = earliest(end, end.fin, end.rst, end.shut(READ_SIDE))
            if not is_dead(end, read) and (cause is None or _is_over(end, read, cause)):
                return failed("the end was read, and no FIN had arrived", read)
            seen += [*known(cause), read]
    return passed(*seen) if seen else not_applicable("the end of no connection was read")


@clause(
    "K-63",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Writing after this end's own shutdown() of writing says EPIPE.",
    why="The FIN is the last number of the stream: nothing can be sent behind it.",
    source="send(2), EPIPE; shutdown(2)",
)
def no_write_after_shutdown(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        shut = end.shut(WRITE_SIDE)
        for call in end.after(shut).each(Send) if shut else ():
            if not call.error and call.size:
                return failed("a write after shutdown(WR) was taken", *known(shut), call)
            seen += [*known(shut), call]
    return passed(*seen) if seen else not_applicable("nobody wrote after shutdown(WR)")


@clause(
    "K-64",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="After this end's own shutdown() of writing a level still tells OUT to whoever asks.",
    why="A write would not block: it fails at once. Whoever goes on asking for OUT goes round for ever.",
    source="net/ipv4/tcp.c, tcp_poll, about SEND_SHUTDOWN",
)
def shut_is_writable(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        ready = _told_since(end, end.shut(WRITE_SIDE))
        if ready and "OUT" in end.asked(ready, ready.poller):
            seen += [*known(end.shut(WRITE_SIDE)), ready]
            if "OUT" not in bits(ready.mask):
                return failed(f"this end was shut, and the poller says {ready.mask}", *seen[-2:])
    return passed(*seen) if seen else not_applicable("no poller was asked for OUT after shutdown(WR)")


def _told_since(end: End, cause: Event | None) -> Ready | None:
    """The first readiness that can be meant: of a wait that began after the cause, or that was ended by it."""
    for ready in end.reports(cause):
        wait = end.trace.before(ready).last(Wait, who=ready.who, pid=ready.pid, poller=ready.poller)
        began_later = wait is not None and cause is not None and end.number(wait) > end.number(cause)
        if began_later or bits(ready.mask) & {"RDHUP", "HUP"}:
            return ready
    return None


def _is_over(end: End, call: Call, cause: Event) -> bool:
    """Whether the call had returned before this: its thread had gone on to the next one."""
    later = end.trace.after(call).first(Call, who=call.who, pid=call.pid)
    return later is not None and end.number(later) < end.number(cause)
