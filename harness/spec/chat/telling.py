"""Who is told what, and when: by the server's own calls, as far as they show their words."""

from __future__ import annotations

from harness.clause import HOUSE, MUST, clause
from harness.events import Call, Close, Recv, Send
from harness.spec.chat.guests import Guest, guests, is_sealed, last_wait, next_wait
from harness.spec.chat.room import inside, is_anybody_blocked
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed_by_absence

SEALED = "what is said is sealed"
COMPLETE = 32
"""A recording keeps the first so many bytes of what was written."""


@clause(
    "CH-09",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Who comes is announced to all who are there before the server waits again.",
    why="Without it, who is there is known only to those who ask.",
    source="chat spec, How to Run 1",
)
def the_coming_is_told(trace: Trace) -> Verdict:
    if is_sealed(trace):
        return not_applicable(SEALED)
    told: list[Call] = []
    for guest in guests(trace):
        if guest.welcome is None:
            continue
        for other in _others(guest, guest.accept):
            notice = _told(trace, other, guest.accept, "joined")
            if notice is None:
                return failed_by_absence("somebody came, and another was not told", guest.accept, other.accept)
            told.append(notice)
    return passed_by_absence(*told) if told else not_applicable("nobody was there to be told of a coming")


@clause(
    "CH-10",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Whoever leaves, by whatever end, is told to all who stay before the server waits again.",
    why="The ends that nobody tests, a reset or a full queue, are the ones after which people talk to nobody.",
    source="chat spec, Deep Dive 5",
)
def the_going_is_told(trace: Trace) -> Verdict:
    if is_sealed(trace):
        return not_applicable(SEALED)
    told: list[Call] = []
    for guest in guests(trace):
        if guest.welcome is None or guest.leaving is None or _is_closing(trace, guest):
            continue
        for other in _others(guest, guest.leaving):
            notice = _told(trace, other, guest.leaving, "left")
            if notice is None:
                return failed_by_absence("somebody left, and another was not told", guest.leaving, other.accept)
            told.append(notice)
    return passed_by_absence(*told) if told else not_applicable("nobody was there to be told of a going")


def _is_closing(trace: Trace, guest: Guest) -> bool:
    """Whether the doorway was closed before: then all go."""
    closed = trace.first(Close, who=trace.subject, sock=guest.accept.sock)
    return closed is not None and guest.leaving is not None and trace.number(closed) < trace.number(guest.leaving)


def _others(guest: Guest, at: Call) -> list[Guest]:
    """Who was there, stayed until the server waited again, and had room for a word."""
    wait = next_wait(guest.trace, at, blocking=True)
    if wait is None:
        return []
    there = (other for other in inside(guest.trace, at) if other is not guest)
    return [other for other in there if other.is_inside(wait) and not other.is_blocked(at)]


def _told(trace: Trace, other: Guest, at: Call, word: str) -> Send | None:
    """What was written to it in this turn or the next, if it may have had this word in it."""
    began, wait = last_wait(trace, at), next_wait(trace, at, blocking=True)
    since = other.calls.after(began) if began else other.calls
    writes = since.before(wait).each(Send) if wait else since.each(Send)
    return next((write for write in writes if word in write.data or write.size > COMPLETE), None)


@clause(
    "CH-17",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="While one client has no room, what another says still reaches all the rest before the server waits again.",
    why="One who does not read would otherwise stop the room for everybody.",
    source="chat spec, Deep Dive 2; catalogue 105",
)
def the_slow_delay_nobody(trace: Trace) -> Verdict:
    if is_sealed(trace):
        return not_applicable(SEALED)
    shown: list[Call] = []
    for speaker in guests(trace):
        for read in speaker.calls.each(Recv):
            if not _is_a_line(read) or not is_anybody_blocked(trace, read):
                continue
            for other in _others(speaker, read):
                write = _told(trace, other, read, "")
                if write is None or trace.number(write) < trace.number(read):
                    return failed("a line waited for somebody who has no room", read, other.accept)
                shown += [read, write]
    return passed_by_absence(*shown) if shown else not_applicable("nobody spoke while another had no room")


def _is_a_line(read: Recv) -> bool:
    """Whether it holds a whole line that is to be passed on, as far as the recording shows."""
    line, end, _ = read.data.partition("\n")
    return bool(end) and bool(line.strip()) and not line.startswith("/") and not read.error


@clause(
    "CH-26",
    force=HOUSE,
    needs={"syscall", "subject"},
    per="trace",
    says="What is said in one turn of the loop goes to each client with one write.",
    why="A system call costs more than all the bytes of a turn: with thirty lines at once it is thirty times the work.",
    source="chat spec, Next Steps 3",
)
def one_turn_one_write(trace: Trace) -> Verdict:
    if is_sealed(trace):
        return not_applicable(SEALED)
    seen: list[Call] = []
    for guest in guests(trace):
        before: Send | None = None
        for write in guest.calls.each(Send):
            if before and not guest.is_blocked_after(before) and _is_same_turn(trace, before, write):
                return failed("two writes in one turn, and the first was taken whole", before, write)
            before = write if not write.error and write.result == write.size else None
            seen.append(write)
    return passed_by_absence(*seen) if len(seen) > 1 else not_applicable("at most one thing was said")


def _is_same_turn(trace: Trace, one: Send, other: Send) -> bool:
    wait = next_wait(trace, one)
    return wait is None or trace.number(wait) > trace.number(other)
