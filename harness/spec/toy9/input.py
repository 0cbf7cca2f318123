"""How input is read: not too early, not too little, and with its end told for what it is."""

from __future__ import annotations

from harness.attempt import WOULD_BLOCK, Attempt
from harness.clause import MUST, clause
from harness.events import Call, Callback, Event, Fact, GetSockOpt, Ready, Recv, Send, Watch, bits
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

PASSING = frozenset({"", "EINTR"}) | WOULD_BLOCK
"""What a read or write may return without anything being wrong."""


@clause(
    "T9-18",
    force=MUST,
    needs={"syscall"},
    says="No input is read or announced before connected.",
    why="A read on a socket that is still connecting takes the error away, and a refused socket reads as end of input.",
    source="toy9 spec, Success Criteria 2; catalogue 6",
)
def no_input_before_connected(attempt: Attempt) -> Verdict:
    read, told = attempt.first(Recv), attempt.first(Callback, name="inputReady") or attempt.first(Fact, name="received")
    if read is None and told is None:
        return not_applicable("nothing was read")
    if read and _before(attempt, read, attempt.established):
        return failed("input was read before the connection was known to stand", attempt.connect, read)
    if told and _before(attempt, told, attempt.connected):
        return failed("input was announced before connected", told)
    return passed_by_absence(*(event for event in (attempt.established, read or told) if event))


def _before(attempt: Attempt, event: Event, other: Event | None) -> bool:
    return other is None or attempt.number(event) < attempt.number(other)


@clause(
    "T9-26",
    force=MUST,
    needs={"syscall", "subject"},
    says="The peer's EOF and its reset are told apart: recv = 0 ends without an error, ECONNRESET ends as that error.",
    why="After an EOF all has arrived, after a reset something may be lost: callers must know which it was.",
    source="recv(2), RETURN VALUE; tcp(7), Error handling; catalogue 31, 60, 63, 66",
)
def eof_is_no_reset(attempt: Attempt) -> Verdict:
    end = next((read for read in attempt.each(Recv) if _is_end(read)), None)
    if end is None or attempt.established is None:
        return not_applicable("neither an end nor an error was read")
    told = attempt.after(end).first(Callback, name="errorEncountered")
    if not end.error:
        return _after_eof(attempt, end, told)
    if told is None:
        return failed_by_absence(f"{end.error} was read, and no error was announced", end)
    if told.args != end.error:
        return failed(f"{end.error} was read, {told.args} was announced", end, told)
    return passed(end, told)


def _after_eof(attempt: Attempt, end: Recv, told: Callback | None) -> Verdict:
    """No error may follow, unless another call gave one."""
    named = attempt.after(end).first(Fact, name="end", text="reset")
    wrong = told or named
    if wrong and not _has_cause(attempt, wrong):
        return failed("the peer's EOF was announced as an error", end, wrong)
    return passed_by_absence(end)


def _has_cause(attempt: Attempt, told: Event) -> bool:
    calls = attempt.before(told).each(Call)
    asked = (
        call for call in calls if isinstance(call, (Send, Recv)) or (isinstance(call, GetSockOpt) and call.value != "0")
    )
    return any(
        call.error not in PASSING or (isinstance(call, GetSockOpt) and call.option == "SO_ERROR") for call in asked
    )


def _is_end(read: Recv) -> bool:
    return read.error not in PASSING or (not read.error and not read.result and read.size > 0)


@clause(
    "T9-31",
    force=MUST,
    needs={"syscall", "subject"},
    says="EAGAIN from read or write is not an error.",
    why="It says 'not now': a healthy connection would be thrown away because its peer is slow.",
    source="read(2) and write(2), EAGAIN; catalogue 14, 91",
)
def eagain_is_no_error(attempt: Attempt) -> Verdict:
    calls = (call for call in attempt.each(Call) if isinstance(call, (Send, Recv)) and call.error in WOULD_BLOCK)
    refused = next(calls, None)
    if refused is None:
        return not_applicable("no call would have blocked")
    for told in attempt.after(refused).each(Callback, name="errorEncountered"):
        if told.args in WOULD_BLOCK:
            return failed(f"{told.args} was announced as an error", refused, told)
    return passed_by_absence(refused)


@clause(
    "T9-32",
    force=MUST,
    needs={"syscall"},
    says="With edge-triggered readiness the socket is read until EAGAIN, EOF or an error before the next wait.",
    why="The edge is reported once: what is left unread waits until the peer happens to send more.",
    source="epoll(7), Q9; catalogue 41",
)
def an_edge_is_drained(attempt: Attempt) -> Verdict:
    drained: list[Event] = []
    for ready in attempt.after(attempt.connect).each(Ready):
        if not ({"IN", "RDHUP"} & bits(ready.mask) and _is_edge(attempt, ready)):
            continue
        wait = attempt.next_wait(ready)
        since = attempt.between(ready, wait)
        if wait is None or (attempt.closed and attempt.number(attempt.closed) < attempt.number(wait)):
            continue
        last = since.last(Recv)
        if since.first(Watch) is None and not (last and (last.error or not last.result)):
            return failed("the loop waited again before the edge was drained", ready, *([last] if last else []), wait)
        drained.append(ready)
    return passed_by_absence(*drained) if drained else not_applicable("no input was reported by an edge")


def _is_edge(attempt: Attempt, ready: Ready) -> bool:
    watch = attempt.before(ready).last(Watch, error="")
    return watch is not None and "ET" in bits(watch.interest)
