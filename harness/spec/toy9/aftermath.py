"""What may still happen after something has ended: an attempt, a direction of it, the program itself."""

from __future__ import annotations

from harness.attempt import PORT_OF_DNS, WOULD_BLOCK, Attempt, attempts
from harness.clause import HOUSE, MUST, clause
from harness.events import Call, Connect, Event, Exit, Packet, Recv, Send, State, TcpState, Watch
from harness.flows import PENDING
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

PASSING = frozenset({"", "EINTR"}) | WOULD_BLOCK | PENDING
READS_AFTER_THE_END = 2
"""A buffered reader asks once more before it believes the end."""

HELD = frozenset({"SYN_SENT", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT"})
"""The states of a connection whose own end nobody has closed (RFC 9293, 3.3.2)."""


@clause(
    "T9-44",
    force=MUST,
    needs={"syscall"},
    says="A socket whose connect has failed is neither used nor watched any more: it is given back.",
    why="connect() on it dials again, a read takes it for ended, a poller reports it for ever.",
    source="connect(2), NOTES; catalogue 11, 19, 23, 29",
)
def a_failed_socket_is_given_back(attempt: Attempt) -> Verdict:
    failure = _failure(attempt)
    if failure is None:
        return not_applicable("connecting did not fail")
    later = attempt.after(failure).each(Call)
    use = next((call for call in later if isinstance(call, (Send, Recv, Connect, Watch))), None)
    if use:
        return failed("the socket was used although its connect had failed", failure, use)
    return passed_by_absence(failure)


def _failure(attempt: Attempt) -> Event | None:
    """What told that connecting has failed: connect() itself, or SO_ERROR."""
    if attempt.failed_at_once:
        return attempt.connect
    return attempt.decision if attempt.decision and attempt.decision.value != "0" else None


@clause(
    "T9-45",
    force=MUST,
    needs={"syscall"},
    says="After a write has failed for good nothing is written to that socket any more.",
    why="The second write to a connection that was reset is what raises SIGPIPE, and no byte of it arrives anywhere.",
    source="write(2), EPIPE; tcp(7), Error handling; catalogue 23, 92",
)
def a_failed_write_is_the_last(attempt: Attempt) -> Verdict:
    writes = attempt.of(Send)
    broken = next((write for write in writes if write.error not in PASSING), None)
    if broken is None:
        return not_applicable("no write failed for good")
    again = attempt.after(broken).first(Send)
    if again:
        return failed(f"the socket was written to again after {broken.error}", broken, again)
    return passed_by_absence(broken)


@clause(
    "T9-46",
    force=HOUSE,
    needs={"syscall"},
    says="The end of the input is believed: nothing is read again and again after it.",
    why="An ended stream is readable for ever: whoever goes on reading is told so at every turn of the loop.",
    source="recv(2), RETURN VALUE; catalogue 33, 35, 36",
)
def the_end_is_believed(attempt: Attempt) -> Verdict:
    end = next((read for read in attempt.each(Recv) if _ends(read)), None)
    if end is None:
        return not_applicable("no end of the input was read")
    again = attempt.after(end).of(Recv)
    if len(again) >= READS_AFTER_THE_END:
        return failed(f"the socket was read {len(again)} times after its end", end, *again[:READS_AFTER_THE_END])
    return passed_by_absence(end)


def _ends(read: Recv) -> bool:
    return read.error not in PASSING or (not read.error and not read.result and read.size > 0)


@clause(
    "T9-47",
    force=MUST,
    needs={"syscall", "wire", "subject"},
    per="trace",
    says="After an error was announced no SYN leaves, until the subject says that it connects again.",
    why="A socket that was forgotten goes on dialling in the kernel, for two minutes, at a host that nobody waits for.",
    source="tcp(7), tcp_syn_retries; catalogue 11, 58, 117",
)
def no_syn_after_the_error(trace: Trace) -> Verdict:
    told = trace.first(State, who=trace.subject, new="error")
    if told is None:
        return not_applicable("no error was announced")
    flows: set[tuple[int, int]] = set()
    for syn in trace.each(Packet, phase="sent", src=trace.subject, flags="S"):
        last = trace.before(syn).last(State, who=trace.subject)
        if syn.dport == PORT_OF_DNS:
            continue
        if last and last.new in ("error", "closed") and not _was_held_up(trace, last, flows, syn):
            return failed(f"a SYN left after {last.new} was announced", last, syn)
        flows.add((syn.sport, syn.dport))
    return passed_by_absence(told)


def _was_held_up(trace: Trace, over: State, flows: set[tuple[int, int]], syn: Packet) -> bool:
    """Whether it is the first SYN of an earlier connect(): the kernel keeps one until it knows the neighbour."""
    begun = [attempt for attempt in attempts(trace) if trace.number(attempt.connect) < trace.number(over)]
    return (syn.sport, syn.dport) not in flows and len(flows) < len(begun)


@clause(
    "T9-48",
    force=MUST,
    needs={"kernel", "lab"},
    per="trace",
    says="When the program has ended, none of its connections is held open.",
    why="A helper that was forked, or a descriptor that was passed on, keeps the peer waiting for an end for ever.",
    source="close(2), NOTES; fork(2); catalogue 42, 82",
)
def nothing_is_left_over(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    if ended is None or ended.signal:
        return not_applicable("the subject did not end by itself")
    lasts = [state for attempt in attempts(trace) if (state := attempt.last(TcpState, who=trace.subject))]
    held = [state for state in lasts if state.new in HELD]
    if held:
        return failed(f"a connection was still {held[0].new} when the program had ended", held[0], ended)
    return passed(*lasts, ended) if lasts else not_applicable("no connection of the subject was seen")
