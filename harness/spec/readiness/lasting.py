"""What keeps a program running: it waits only for what it needs, and one broken connection breaks nothing else."""

from __future__ import annotations

from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Call, Exit, Ready, Recv, Send, Watch, bits
from harness.spec.readiness.parts import Stream, accepted, of_each, streams
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

RESET = frozenset({"ECONNRESET", "EPIPE"})


@clause(
    "RD-20",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A level-triggered poller is asked for room only while there is something to send.",
    why="A socket nearly always has room: whoever goes on asking is told so at once, for ever.",
    source="epoll(7); poll(2); catalogue 0.1",
)
def room_is_asked_for_when_needed(trace: Trace) -> Verdict:
    told = [(stream, _told_of_room(stream)) for stream in streams(trace)]
    return of_each((_room_is_used(stream, ready) for stream, ready in told if ready), "nobody was told of room")


def _told_of_room(stream: Stream) -> list[Ready]:
    found = (ready for ready in stream.calls.each(Ready) if "OUT" in bits(ready.mask))
    return [ready for ready in found if not bits(ready.mask) & {"ERR", "HUP"} and "ET" not in stream.interest(ready)]


def _room_is_used(stream: Stream, told: list[Ready]) -> Verdict:
    for one, again in pairwise(told):
        between = stream.calls.between(one, again)
        if not any(isinstance(call, (Send, Watch)) for call in between.each(Call)):
            return failed("room was told of twice, and nothing was sent in between", one, again)
    return passed_by_absence(*told[:2])


@clause(
    "RD-21",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="The reset of one connection does not end the server.",
    why="Any client can send a RST at any time, also before its connection is accepted.",
    source="accept(2); recv(2), ECONNRESET; scenario reset-before-accept",
)
def a_reset_ends_one_connection(trace: Trace) -> Verdict:
    reset = [call for stream in accepted(trace) for call in stream.calls.each(Call) if _is_reset(call)]
    if not reset:
        return not_applicable("no accepted connection was reset")
    ended = trace.after(reset[0]).first(Exit, who=trace.subject)
    if ended is None:
        return passed_by_absence(*reset[:1])
    if ended.status or ended.signal:
        return failed(f"it ended with {ended.signal or ended.status}", reset[0], ended)
    return passed(reset[0], ended)


def _is_reset(call: Call) -> bool:
    return isinstance(call, (Recv, Send)) and call.error in RESET
