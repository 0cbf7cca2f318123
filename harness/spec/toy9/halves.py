"""The two directions of a connection: each has an end of its own, and neither may cut the other short."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, SHOULD, clause
from harness.events import Call, Close, Fact, Packet, Ready, Recv, Send, ShutDown, bits
from harness.spec.toy9.aftermath import PASSING
from harness.trace import View
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NEVER_SHUT = "the subject never shut its sending side alone"
OWN_DECISION = "the subject had what it wanted, and says so"
NOT_CLOSED = "the connection never stood, or was not closed"


@clause(
    "T9-49",
    force=MUST,
    needs={"syscall"},
    says="Nothing is written after the own sending side was shut.",
    why="The peer has been told that all is said; the write fails with EPIPE, and raises SIGPIPE.",
    source="shutdown(2); write(2), EPIPE; catalogue 92, 95",
)
def nothing_after_the_own_end(attempt: Attempt) -> Verdict:
    shut = attempt.first(ShutDown, how="WR", error="") or attempt.first(ShutDown, how="RDWR", error="")
    if shut is None:
        return not_applicable("the subject shut nothing")
    write = attempt.after(shut).first(Send)
    if write:
        return failed("the socket was written to after its sending side was shut", shut, write)
    return passed_by_absence(shut)


@clause(
    "T9-50",
    force=SHOULD,
    needs={"syscall", "wire"},
    says="A program that shut only its sending side reads what the peer still says, to its end.",
    why="The answer is what the half-close was for; what arrives at a closed socket is answered by RST and lost.",
    source="RFC 9293, 3.6; shutdown(2); catalogue 95",
)
def the_answer_is_read(attempt: Attempt) -> Verdict:
    shut, closed = attempt.first(ShutDown, how="WR", error=""), attempt.closed
    if shut is None or closed is None:
        return not_applicable(NEVER_SHUT if shut is None else NOT_CLOSED)
    if attempt.first(Fact, name="end", text="own"):
        return not_applicable(OWN_DECISION)
    ended = next((read for read in attempt.before(closed).each(Recv) if _is_end(read)), None)
    if ended:
        return passed(shut, ended, closed)
    lost = unread(attempt, attempt)
    if lost > 0:
        return failed_by_absence(f"{lost} bytes that the peer said after it were not read", shut, closed)
    return passed_by_absence(shut, closed)


def _is_end(read: Recv) -> bool:
    return read.error not in PASSING or (not read.error and not read.result)


def unread(attempt: Attempt, view: View) -> int:
    """How many bytes of the peer's stream arrived within the view and were not read in it."""
    packets = view.each(Packet, phase="arrived", dst=attempt.trace.subject, proto="tcp")
    data = [packet for packet in packets if packet.size and "S" not in packet.flags]
    # What came twice counts once, and what overtook the rest is in its place.
    came = max(packet.seq + packet.size for packet in data) - min(packet.seq for packet in data) if data else 0
    return came - sum(read.result for read in view.each(Recv))


@clause(
    "T9-51",
    force=MUST,
    needs={"syscall", "wire"},
    says="A connection in which all was read is closed by FIN and not by RST.",
    why="A reset takes back what is still on its way: the peer loses output that was written, and hears of an error.",
    source="RFC 9293, 3.6; socket(7), SO_LINGER; RFC 2525, 2.17; catalogue 94",
)
def closed_by_fin(attempt: Attempt) -> Verdict:
    closed = attempt.closed
    if attempt.established is None or closed is None:
        return not_applicable(NOT_CLOSED)
    if any(call.error not in PASSING for call in attempt.each(Call) if isinstance(call, (Send, Recv))):
        return not_applicable("the connection was broken before")
    if unread(attempt, attempt.before(closed)) > 0:
        return not_applicable("input was left unread, and the kernel says so to the peer")
    first = attempt.after(closed).first(Packet, src=attempt.trace.subject, phase="sent")
    if first and "R" in first.flags and not _comes_late(attempt, closed, first):
        return failed("the socket was closed in good order, and its connection was reset", closed, first)
    return passed_by_absence(closed, *([first] if first else []))


def _comes_late(attempt: Attempt, closed: Close, reset: Packet) -> bool:
    """Whether something arrived after the close that a closed socket can only refuse."""
    return attempt.between(closed, reset).first(Packet, phase="arrived", dst=attempt.trace.subject) is not None


@clause(
    "T9-52",
    force=MUST,
    needs={"syscall", "wire"},
    says="What arrived before the peer's end is read before the socket is closed: a hang-up is no reason to leave it.",
    why="A server that answers and ends at once is seen as readable and hung up in one report, its answer with it.",
    source="epoll_ctl(2), EPOLLRDHUP; catalogue 31, 33, 64",
)
def the_rest_is_read_first(attempt: Attempt) -> Verdict:
    hung_up = [ready for ready in attempt.after(attempt.connect).each(Ready) if _is_readable_end(ready)]
    if not hung_up or attempt.established is None or attempt.closed is None:
        return not_applicable("no end was reported together with input" if not hung_up else NOT_CLOSED)
    if attempt.first(Fact, name="end", text="own"):
        return not_applicable(OWN_DECISION)
    read = attempt.between(hung_up[0], attempt.closed).first(Recv)
    if read is None and unread(attempt, attempt.before(attempt.closed)) > 0:
        return failed("input and end were reported, and the input was not read", hung_up[0], attempt.closed)
    return passed_by_absence(hung_up[0], attempt.closed)


def _is_readable_end(ready: Ready) -> bool:
    mask = bits(ready.mask)
    return "IN" in mask and bool({"RDHUP", "HUP"} & mask) and "ERR" not in mask
