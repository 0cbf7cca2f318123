"""How clients are read and written: all of what is there, no more than there is room for, never for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from harness.attempt import WOULD_BLOCK
from harness.clause import MUST, clause
from harness.events import Call, Close, Event, Ready, Recv, Send, Unwatch, Wait, Watch, bits
from harness.spec.chat.guests import Guest, guests, next_wait, of_each
from harness.trace import Trace, View
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

ALLOWANCE = 2048
"""What may have been said to another client alone, and so waits for nobody else."""


@clause(
    "CH-14",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="After an edge a client is read until EAGAIN or its end (or is watched anew).",
    why="What is left is not reported again until more comes: half of what was said would wait for the next line.",
    source="epoll(7), Q9; catalogue 41",
)
@of_each
def reads_until_nothing_is_left(guest: Guest) -> Verdict:
    edges = [ready for ready in guest.calls.each(Ready) if "IN" in bits(ready.mask) and _watch(guest, ready, "ET")]
    for ready in edges:
        wait = next_wait(guest.trace, ready)
        if wait and not any(_is_enough(call) for call in guest.calls.between(ready, wait).each(Call)):
            return failed("the loop waited again, and the client had not been read to the last byte", ready, wait)
    return passed_by_absence(*edges) if edges else not_applicable("it was not watched for edges")


def _is_enough(call: Call) -> bool:
    if isinstance(call, (Watch, Unwatch, Close)):
        return True
    return bool(call.error) or (isinstance(call, Recv) and not call.result)


def _watch(guest: Guest, at: Event, bit: str) -> Watch | None:
    """How it is watched by then, if that has this bit in it."""
    before, poller = guest.calls.before(at), guest.poller
    watch, gone = before.last(Watch, error="", poller=poller), before.last(Unwatch, poller=poller)
    if watch is None or (gone and guest.trace.number(gone) > guest.trace.number(watch)):
        return None
    return watch if bit in bits(watch.interest) else None


@clause(
    "CH-15",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A client is watched for room as long as something waits for it, and no longer.",
    why="A socket nearly always has room: the loop would turn without pause. Without the watch, what waits stays.",
    source="epoll(7); catalogue 38, 93",
)
@of_each
def watched_for_room_only_with_something_to_write(guest: Guest) -> Verdict:
    for ready in guest.calls.each(Ready, poller=guest.poller):
        wait = next_wait(guest.trace, ready)
        if "OUT" in bits(ready.mask) and wait and _in_vain(guest, ready, wait):
            return failed("room was reported, nothing was written, and it stayed watched for", ready, wait)
    short = [write for write in guest.calls.each(Send) if guest.is_blocked_after(write)]
    for write in short:
        wait = next_wait(guest.trace, write)
        after = guest.calls.between(write, wait) if wait else None
        if (
            wait
            and after
            and after.first(Send) is None
            and not _is_gone(guest, wait)
            and not _watch(guest, wait, "OUT")
        ):
            return failed("something waited, and the client was not watched for room", write, wait)
    if not short and not any("OUT" in bits(watch.interest) for watch in guest.calls.each(Watch)):
        return not_applicable("there was always room, and nobody asked for it")
    return passed_by_absence(*short)


def _in_vain(guest: Guest, ready: Ready, wait: Wait) -> bool:
    since = guest.calls.between(ready, wait)
    watch = _watch(guest, wait, "OUT")
    return since.first(Send) is None and watch is not None and "ET" not in bits(watch.interest)


def _is_gone(guest: Guest, at: Event) -> bool:
    return guest.calls.before(at).first(Close) is not None


@clause(
    "CH-16",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A write that was not taken whole is continued where it stopped, before anything else is written.",
    why="Whoever ignores what write() returns loses the rest, or lets the next line begin in the middle of it.",
    source="write(2), RETURN VALUE; catalogue 90, 91",
)
@of_each
def a_short_write_is_continued(guest: Guest) -> Verdict:
    seen: list[Event] = []
    rest: tuple[int, str] | None = None
    for write in guest.calls.each(Send):
        if rest:
            size, text = rest
            if write.size < size or not (text.startswith(write.data) or write.data.startswith(text)):
                return failed("what was left of a write was not written next", *seen[-1:], write)
            seen.append(write)
        rest = _rest(write)
        if rest:
            seen.append(write)
    return passed_by_absence(*seen) if seen else not_applicable("every write was taken whole")


def _rest(write: Send) -> tuple[int, str] | None:
    """How much of a write is left, and how it begins as far as the recording has it."""
    if write.error:
        return (write.size, write.data) if write.error in WOULD_BLOCK else None
    return (write.size - write.result, write.data[write.result :]) if write.result < write.size else None


@clause(
    "CH-18",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="No more waits for a client than the server says may (journal: queue_bytes); then the client is dropped.",
    why="A queue without a bound is memory that anybody can take by not reading.",
    source="chat spec, Next Steps 3; catalogue 105; netty/netty#7123",
)
def the_queue_is_bounded(trace: Trace) -> Verdict:
    limit = int(trace.setting("queue_bytes") or 0)
    blocked = [guest for guest in guests(trace) if any(map(guest.is_blocked_after, guest.calls.each(Send)))]
    if not limit or not blocked:
        return not_applicable("no bound is told" if not limit else "there was room for everything")
    for guest in blocked:
        for wait, owed in _owed(guest):
            if owed > limit + ALLOWANCE:
                return failed(f"{owed} bytes or more wait for a client, {limit} may", guest.accept, wait)
    return passed_by_absence(*(guest.accept for guest in blocked))


def _owed(guest: Guest) -> Iterator[tuple[Wait, int]]:
    """The waits while something waits for it, and how much at least, until it is closed."""
    closed = guest.calls.first(Close)
    for write, following in pairwise([*guest.calls.each(Send), None]):
        if write and guest.is_blocked_after(write):
            since = guest.trace.between(write, following)
            yield from _owed_since(guest, write, since.before(closed) if closed else since)


def _owed_since(guest: Guest, write: Send, since: View) -> Iterator[tuple[Wait, int]]:
    """What is left of the write, and what another client was given since, less what this one may have said itself."""
    here, socks = guest.trace.subject, guest.trace.remember("socks", lambda: {one.sock for one in guests(guest.trace)})
    given, most, said = Counter[str](), 0, 0
    for call in since.each(Call, who=here):
        if isinstance(call, Send) and call.sock in socks:
            given[call.sock] += call.result
            most = max(most, given[call.sock])
        elif isinstance(call, Recv) and call.sock == guest.sock:
            said += call.result
        elif isinstance(call, Wait):
            yield call, write.size - write.result + most - 2 * said
