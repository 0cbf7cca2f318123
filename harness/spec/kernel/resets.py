"""What a RST on an established connection is, to whom it is told, and what is left of the socket."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Call, Connect, Event, GetSockOpt, Ready, Recv, Send, Wait, bits
from harness.spec.kernel.ends import WRITE_SIDE, End
from harness.spec.kernel.pairing import standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, merge, not_applicable, passed

NO_RST = "no established connection was reset while it was in use"
REPORTED = frozenset({"IN", "OUT", "RDHUP"})


@clause(
    "K-68",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A RST makes the socket ready for everything that was asked for, and for ERR and HUP unasked.",
    why="Every call would return at once, with the error or with nothing.",
    source="catalogue 0.7, RST when established; net/ipv4/tcp_input.c, tcp_reset; catalogue 0.1",
)
def rst_is_told(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        ready = next(end.reports(end.rst), None)
        if end.rst is None or ready is None or ((taken := taker(end)) and end.number(taken) < end.number(ready)):
            continue
        wanted = (end.asked(ready, ready.poller) & REPORTED) | {"ERR", "HUP"}
        if wanted - bits(ready.mask) and _slept(end, end.rst, ready):
            return failed(f"the RST had arrived, and the poller says {ready.mask}", end.rst, ready)
        seen += [end.rst, ready]
    return passed(*seen) if seen else not_applicable(NO_RST)


@clause(
    "K-69",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="The error of a RST is ECONNRESET, or EPIPE if it follows the peer's FIN and this end was open still.",
    why="A peer that has said goodbye and then resets does not want what is still being written.",
    source="net/ipv4/tcp_input.c, tcp_reset; catalogue 0.7, RST when established",
)
def rst_has_its_error(trace: Trace) -> Verdict:
    verdicts = [_error_of(end) for end in standing(trace) if end.rst and taker(end)]
    return merge(verdicts) if verdicts else not_applicable(NO_RST)


def _error_of(end: End) -> Verdict:
    taken, rst, shut = taker(end), end.rst, end.shut(WRITE_SIDE)
    if taken is None or rst is None:
        return not_applicable(NO_RST)
    own = shut is not None and end.number(shut) < end.number(rst)
    peer = end.fin is not None and end.number(end.fin) < end.number(rst)
    wanted = "EPIPE" if peer and not own and not _closing(end) else "ECONNRESET"
    told = taken.value if isinstance(taken, GetSockOpt) else taken.error or "no error"
    return passed(rst, taken) if told == wanted else failed(f"the error is {wanted}, told was {told}", rst, taken)


@clause(
    "K-70",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="The error of a RST is told once: afterwards SO_ERROR is 0, reading gives the end, and writing says EPIPE.",
    why="Whoever takes the error must keep it, for nobody can ask again.",
    source="socket(7), SO_ERROR; net/core/sock.c, sock_error; catalogue 0.7; catalogue 92",
)
def the_error_is_told_once(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        taken = taker(end)
        for call in end.between(taken, end.after(taken).first(Connect)).each(Call) if taken else ():
            if _tells_again(call):
                return failed("the error was told a second time", *([taken] if taken else []), call)
            seen += [call] if isinstance(call, (Send, Recv, GetSockOpt)) else []
    return passed(*seen) if seen else not_applicable("nothing was asked of a connection whose error had been told")


@clause(
    "K-71",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="When the error of a RST was taken, ERR is gone and HUP stays.",
    why="A level goes on telling until the socket is closed, so that to take the error does not end the noise.",
    source="net/ipv4/tcp.c, tcp_poll; catalogue 0.7",
)
def hup_stays(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        taken = taker(end)
        ready = next(end.reports(taken), None)
        if taken and ready and _slept(end, taken, ready):
            if "ERR" in bits(ready.mask) or "HUP" not in bits(ready.mask):
                return failed(f"the error was taken, and the poller says {ready.mask}", taken, ready)
            seen += [taken, ready]
    return passed(*seen) if seen else not_applicable("no poller was asked after the error of a RST had been taken")


@clause(
    "K-72",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="What had arrived before a RST is read before its error is.",
    why="The peer's last words are in order and were acknowledged.",
    source="net/ipv4/tcp.c, tcp_recvmsg_locked; catalogue 0.7",
)
def data_before_the_error(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        reads = end.after(end.rst).of(Recv) if end.rst else []
        for read in reads:
            if end.unread(read) > 0 and not (read.result or read.error == "EAGAIN"):
                return failed(f"{end.unread(read)} bytes were there, and the read says {read.error or 'EOF'}", read)
            seen += [read] if read.result else []
    return passed(*seen) if seen else not_applicable("no data was left to be read when a RST came")


def taker(end: End) -> Call | None:
    """The call after the RST that took its error; reading the end of a stream that had ended takes nothing."""
    if end.rst is None:
        return None
    slept = next((call for call in end.before(end.rst).each(Call) if call.error == "ECONNRESET"), None)
    return slept or next((call for call in end.after(end.rst).each(Call) if _takes(end, call)), None)


def _takes(end: End, call: Call) -> bool:
    if isinstance(call, GetSockOpt):
        return call.option == "SO_ERROR" and not call.error
    if isinstance(call, Recv):
        return call.error != "EAGAIN" and not call.result and end.fin is None and end.unread(call) <= 0
    return isinstance(call, Send) and call.error != "EAGAIN"


def _tells_again(call: Call) -> bool:
    if isinstance(call, GetSockOpt):
        return call.option == "SO_ERROR" and not call.error and call.value != "0"
    if isinstance(call, Recv):
        return call.error in ("ECONNRESET", "EPIPE")
    return isinstance(call, Send) and call.error != "EPIPE"


def _closing(end: End) -> bool:
    """Whether this end's own FIN had left before the RST came."""
    return any("F" in packet.flags and end.rst and end.number(packet) < end.number(end.rst) for packet in end.sent)


def _slept(end: End, cause: Event, ready: Ready) -> bool:
    """Whether the wait that told this began after the cause, so that it cannot tell of something older."""
    wait = end.trace.before(ready).last(Wait, who=ready.who, pid=ready.pid, poller=ready.poller)
    return wait is not None and (end.number(wait) > end.number(cause) or "ERR" in bits(ready.mask))
