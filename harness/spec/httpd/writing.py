"""How answers are written: whole, when there is room, and never to somebody who is gone."""

from __future__ import annotations

from harness.attempt import WOULD_BLOCK
from harness.clause import MUST, clause
from harness.events import Call, Close, Event, Exit, Ready, Send, Unwatch, Wait, Watch, bits
from harness.spec.httpd.served import MS, Served, milliseconds, next_wait, served
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed_by_absence

NOT_WRITTEN = "nothing had to wait for the client"


def _cut_short(write: Send) -> bool:
    """Whether the kernel took less than it was offered."""
    return write.error in WOULD_BLOCK or (not write.error and write.result < write.size)


@clause(
    "HT-15",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="What a write has left over is written, from where it stopped, before the connection is closed.",
    why="The kernel takes what there is room for; whoever ignores that loses the rest, or sends it twice.",
    source="send(2), RETURN VALUE; catalogue 91, 125",
)
def the_rest_is_written(trace: Trace) -> Verdict:
    partial: list[Event] = []
    for one in served(trace):
        for write in one.each(Send):
            if not _cut_short(write):
                continue
            rest = write.size - (0 if write.error else write.result)
            next_one = one.after(write).first(Send)
            if next_one and next_one.size < rest:
                return failed(f"{rest} bytes were left over, {next_one.size} were offered next", write, next_one)
            if next_one is None and one.closed and not (one.broken or _gave_up(one, write)):
                return failed_by_absence(f"{rest} bytes were left over and never written", write, one.closed)
            partial.append(write)
    return passed_by_absence(*partial[:1]) if partial else not_applicable(NOT_WRITTEN)


def _gave_up(one: Served, write: Send) -> bool:
    """Whether the client had taken nothing for as long as it may."""
    patience_ms = milliseconds(one.trace, "idle_timeout_ms")
    return bool(one.closed and patience_ms is not None and one.closed.at_ns - write.at_ns >= patience_ms * MS)


@clause(
    "HT-16",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A level-triggered socket is watched for OUT only while output waits.",
    why="A socket is nearly always writable: the loop would turn without pause.",
    source="epoll(7); catalogue 38",
)
def out_is_watched_only_with_output(trace: Trace) -> Verdict:
    armed: list[Event] = []
    for one in served(trace):
        for watch in one.each(Watch, error=""):
            wait = next_wait(trace, watch)
            if wait is None or "OUT" not in bits(watch.interest) or "ET" in bits(watch.interest):
                continue
            last = one.before(wait).last(Send)
            if one.number(watch) == one.number(_interest(one, wait)) and not (last and _cut_short(last)):
                return failed("it was watched for OUT, and nothing was to be written", watch, wait)
            armed.append(watch)
        vain = _reported_in_vain(one)
        if vain:
            return failed("OUT was reported, all was written, and OUT stayed watched", *vain)
    return passed_by_absence(*armed[:1]) if armed else not_applicable("no socket was watched for OUT")


def _interest(one: Served, before: Event) -> Event:
    """The last change of what the socket is watched for."""
    changes = [call for call in one.before(before) if isinstance(call, (Watch, Unwatch, Close))]
    return changes[-1]


def _reported_in_vain(one: Served) -> tuple[Event, Event] | None:
    for ready in one.each(Ready):
        wait = next_wait(one.trace, ready)
        if wait is None or "OUT" not in bits(ready.mask) or _ended_before(one, wait):
            continue
        interest, last = _interest(one, wait), one.before(wait).last(Send)
        still = isinstance(interest, Watch) and "OUT" in bits(interest.interest) and "ET" not in bits(interest.interest)
        if still and not (last and _cut_short(last)):
            return ready, wait
    return None


def _ended_before(one: Served, wait: Wait) -> bool:
    return one.closed is not None and one.number(one.closed) < one.number(wait)


@clause(
    "HT-17",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="While output waits the socket is watched for OUT.",
    why="Nothing else tells that there is room again: the rest of the answer would stay where it is.",
    source="epoll(7); catalogue 39, 91",
)
def out_is_watched_while_output_waits(trace: Trace) -> Verdict:
    waited: list[Event] = []
    for one in served(trace):
        for write in one.each(Send):
            wait = next_wait(trace, write)
            if not _cut_short(write) or wait is None or _ended_before(one, wait):
                continue
            later = one.between(write, wait).last(Send)
            if later and not _cut_short(later):
                continue
            interest = _interest(one, wait)
            if not (isinstance(interest, Watch) and "OUT" in bits(interest.interest)):
                return failed("the server waited, output was left, and OUT was not watched", write, wait)
            waited.append(write)
    return passed_by_absence(*waited[:1]) if waited else not_applicable(NOT_WRITTEN)


@clause(
    "HT-21",
    force=MUST,
    needs={"lab"},
    per="trace",
    says="The server is not killed by a signal (by SIGPIPE, or by the SIGTERM that asks it to stop).",
    why="Writing to a connection that was reset raises SIGPIPE, which takes all other clients' connections with it.",
    source="signal(7); send(2), MSG_NOSIGNAL; catalogue 92",
)
def not_killed_by_a_signal(trace: Trace) -> Verdict:
    ended = trace.first(Exit, who=trace.subject)
    if ended is None:
        return not_applicable("the server was still running when the case ended")
    return failed(f"it was killed by {ended.signal}", ended) if ended.signal else passed_by_absence(ended)


@clause(
    "HT-22",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Nothing is written to a connection after a write or read has said that it is broken.",
    why="The first write to a broken connection is told so; the second one raises SIGPIPE.",
    source="send(2), EPIPE; tcp(7), Error handling; catalogue 92",
)
def nothing_is_written_to_who_is_gone(trace: Trace) -> Verdict:
    broken: list[Event] = []
    for one in served(trace):
        if one.broken is None:
            continue
        again = next((call for call in one.after(one.broken).each(Call) if isinstance(call, Send)), None)
        if again:
            return failed("it was written to again", one.broken, again)
        broken.append(one.broken)
    return passed_by_absence(*broken[:1]) if broken else not_applicable("no connection broke")
