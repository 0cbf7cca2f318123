"""What becomes of queued output: when it leaves, that all of it leaves, and when outputSent is called."""

from __future__ import annotations

from typing import NamedTuple

from harness.attempt import WOULD_BLOCK, Attempt
from harness.clause import MUST, clause
from harness.events import Call, Callback, Close, Event, Exit, Fact, Ready, Recv, Send, Unwatch, Watch, bits
from harness.verdict import (
    Verdict,
    failed,
    failed_by_absence,
    inconclusive,
    not_applicable,
    passed_by_absence,
)

NEVER_CONNECTED = "the connection never stood"


@clause(
    "T9-12",
    force=MUST,
    needs={"syscall"},
    says="Nothing is written to the socket before the connection is known to be established.",
    why="An early write consumes the error of the connect, and what is read next looks like the end of a good one.",
    source="toy9 spec, Behavior 3; catalogue 6, 87; joyent/libuv#443",
)
def no_early_write(attempt: Attempt) -> Verdict:
    write = attempt.first(Send)
    if write is None:
        return not_applicable("nothing was written")
    known = attempt.established
    if known is None or attempt.number(write) < attempt.number(known):
        return failed("the socket was written to before it was known to be connected", attempt.connect, write)
    return passed_by_absence(known, write)


class Rest(NamedTuple):
    """What a write left over: how much, and how its text goes on as far as the recording has it."""

    size: int
    text: str
    write: Send


@clause(
    "T9-13",
    force=MUST,
    needs={"syscall"},
    says="Queued output leaves complete and in order; a partial write is continued where it stopped.",
    why="The kernel takes what there is room for; whoever ignores the return value loses the rest or sends it twice.",
    source="toy9 spec, Behavior 3 and Success Criteria 2; write(2), RETURN VALUE; catalogue 88-91",
)
def output_is_complete(attempt: Attempt) -> Verdict:
    writes, queued = attempt.of(Send), _queued(attempt)
    if attempt.established is None or not (writes or queued):
        return not_applicable("nothing was queued" if attempt.established else NEVER_CONNECTED)
    whole = attempt.trace.setting("output")
    taken, rest = 0, None
    for write in writes:
        if rest and not _goes_on(rest, write):
            return failed("a partial write was not continued where it stopped", rest.write, write)
        if whole and not _agree(whole[taken:], write.data):
            return failed("the output left out of order", write)
        taken += write.result if not write.error else 0
        rest = _rest(write)
        if queued and taken > queued:
            return failed(f"{taken} bytes left, {queued} were queued", write)
    return _complete(attempt, taken, queued, writes)


def _queued(attempt: Attempt) -> int:
    return sum(_bytes(fact) for fact in attempt.of(Fact, name="queued"))


def _bytes(fact: Fact) -> int:
    word = fact.text.partition(" ")[0]
    return int(word) if word.isdecimal() else 0


def _rest(write: Send) -> Rest | None:
    if write.error:
        return Rest(write.size, write.data, write) if write.error in WOULD_BLOCK else None
    return Rest(write.size - write.result, write.data[write.result :], write) if write.result < write.size else None


def _goes_on(rest: Rest, write: Send) -> bool:
    return write.size >= rest.size and _agree(rest.text, write.data)


def _agree(one: str, other: str) -> bool:
    """Whether one text begins as the other does, as far as both go."""
    return one.startswith(other) or other.startswith(one)


def _complete(attempt: Attempt, taken: int, queued: int, writes: list[Send]) -> Verdict:
    """Whether all that was queued has left, unless the connection ended first."""
    if taken >= queued or _broken(attempt):
        return passed_by_absence(*writes[-1:])
    reason = f"{taken} of {queued} queued bytes left"
    ended = attempt.trace.first(Exit, who=attempt.trace.subject)
    if attempt.closed or (ended and not ended.signal):
        return failed_by_absence(reason, *writes[-1:])
    return inconclusive(f"{reason} when the case ended", *writes[-1:])


def _broken(attempt: Attempt) -> bool:
    """Whether the connection failed by itself. The peer's EOF is no excuse: it may have shut only its own side."""
    calls = (call for call in attempt.each(Call) if isinstance(call, (Send, Recv)))
    return attempt.failed is not None or any(call.error not in ("", "EINTR", *WOULD_BLOCK) for call in calls)


@clause(
    "T9-14",
    force=MUST,
    needs={"syscall", "subject"},
    says="outputSent is called once each time the queue drains, and only then.",
    why="Callers queue the next piece when they hear it: too early doubles their memory, never stops them for good.",
    source="toy9 spec, Behavior 3; catalogue 94",
)
def output_sent_when_drained(attempt: Attempt) -> Verdict:
    said = [event for event in attempt if isinstance(event, (Send, Fact, Callback))]
    if not any(_is_queued(event) or _is_sent(event) for event in said):
        return not_applicable("nothing was queued")
    pending, drained = 0, None
    seen: list[Event] = []
    for event in said:
        if _is_sent(event):
            if drained is None:
                return failed("outputSent was called although the queue had not drained", *seen[-1:], event)
            seen += [drained, event]
            drained = None
        elif isinstance(event, Fact) and event.name == "queued":
            pending += _bytes(event)
        elif isinstance(event, Send) and event.result > 0 and not event.error:
            pending -= event.result
            if pending <= 0 and drained:
                return failed("the queue drained again before outputSent was called", drained, event)
            drained = event if pending <= 0 else None
    if drained:
        return failed_by_absence("the queue drained and outputSent was not called", drained)
    return passed_by_absence(*seen)


def _is_queued(event: Event) -> bool:
    return isinstance(event, Fact) and event.name == "queued"


def _is_sent(event: Event) -> bool:
    return isinstance(event, Callback) and event.name == "outputSent"


@clause(
    "T9-15",
    force=MUST,
    needs={"syscall"},
    says="The socket is not watched for OUT while there is nothing to write (after connected).",
    why="A connected socket is nearly always writable: the loop would turn without pause.",
    source="toy9 spec, Behavior 3; epoll(7); catalogue 38",
)
def not_watched_for_nothing(attempt: Attempt) -> Verdict:
    known = attempt.established
    if known is None or attempt.next_wait(known) is None:
        return not_applicable("nothing was waited for after the connection stood" if known else NEVER_CONNECTED)
    for ready in attempt.after(known).each(Ready):
        if "OUT" in bits(ready.mask) and not _is_edge(attempt, ready) and _in_vain(attempt, ready):
            return failed("OUT was reported, nothing was written, and OUT stayed watched", known, ready)
    return passed_by_absence(known)


def _is_edge(attempt: Attempt, ready: Ready) -> bool:
    """An edge-triggered OUT comes once and costs nothing."""
    watch = attempt.before(ready).last(Watch)
    return watch is not None and "ET" in bits(watch.interest)


def _in_vain(attempt: Attempt, ready: Ready) -> bool:
    """Whether the next wait began with OUT still watched and nothing written since it was reported."""
    wait = attempt.next_wait(ready)
    if wait is None:
        return False
    since = attempt.between(ready, wait)
    before = attempt.before(wait)
    last = max((e for e in (before.last(Watch), before.last(Unwatch)) if e), key=attempt.number, default=None)
    armed = isinstance(last, Watch) and "OUT" in bits(last.interest)
    return armed and since.first(Send) is None and before.last(Close) is None
