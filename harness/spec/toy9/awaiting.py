"""How the outcome of a connection is awaited: from EINPROGRESS to the reading of SO_ERROR."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Close, Event, Fact, GetSockOpt, Mark, Packet, Ready, State, Unwatch, Wait, Watch, bits
from harness.notation import body
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NOT_AWAITED = "connect() left nothing to be awaited"
NEVER_READY = "the socket never became ready"


@clause(
    "T9-03",
    force=MUST,
    needs={"syscall"},
    says="After EINPROGRESS the socket is watched for OUT until its outcome is known.",
    why="Writability is how the kernel tells that the attempt is over; a silent server never makes a socket readable.",
    source="toy9 spec, Behavior 1; connect(2), EINPROGRESS; catalogue 2",
)
def watched_until_the_outcome(attempt: Attempt) -> Verdict:
    if not attempt.in_progress:
        return not_applicable(NOT_AWAITED)
    known = _known(attempt)
    wait = _unwatched_wait(attempt, known)
    if wait:
        return failed("the loop waited while the socket was not watched for OUT", attempt.connect, wait)
    watch = next((watch for watch in attempt.each(Watch, error="") if "OUT" in bits(watch.interest)), None)
    if watch and (known is None or attempt.number(watch) < attempt.number(known)):
        return passed_by_absence(attempt.connect, watch)
    if known and (known is attempt.failed or _is_given_up(attempt, known)):
        return not_applicable("it was given up before anything was awaited")
    return failed_by_absence("the socket was never watched for OUT", attempt.connect)


def _is_given_up(attempt: Attempt, known: Event) -> bool:
    """Whether the socket was closed before there was an outcome, and not because the case was over."""
    if not isinstance(known, Close) or (known.by_exit and attempt.trace.first(Mark, name="deadline")):
        return False
    return attempt.between(attempt.connect, known).first(Packet, phase="arrived", dst=attempt.trace.subject) is None


def _known(attempt: Attempt) -> Event | None:
    """The first moment at which the subject has, or claims to have, the outcome."""
    signs = (attempt.decision, attempt.established, attempt.outcome, attempt.after(attempt.connect).first(Close))
    return min((sign for sign in signs if sign), key=attempt.number, default=None)


def _unwatched_wait(attempt: Attempt, known: Event | None) -> Wait | None:
    """A wait between connect() and the outcome for which the socket was not watched for OUT."""
    before = attempt.before(attempt.connect).last(Watch, error="")
    gap: Event | None = None if before and "OUT" in bits(before.interest) else attempt.connect
    changes = (
        call for call in attempt.between(attempt.connect, known).each(Call) if isinstance(call, (Watch, Unwatch))
    )
    for change in changes:
        if isinstance(change, Watch) and "OUT" in bits(change.interest):
            if gap and (wait := _waited(attempt, gap, change)):
                return wait
            gap = None
        else:
            gap = gap or change
    return _waited(attempt, gap, known) if gap else None


def _waited(attempt: Attempt, start: Event, end: Event | None) -> Wait | None:
    wait = attempt.next_wait(start)
    return wait if wait and (end is None or attempt.number(wait) < attempt.number(end)) else None


@clause(
    "T9-06",
    force=MUST,
    needs={"syscall"},
    says="After the first readiness nothing touches the socket before SO_ERROR is read.",
    why="A write, a read or another connect() consumes the pending error, and whoever asks next hears of none.",
    source="toy9 spec, Behavior 1; socket(7), SO_ERROR; catalogue 6, 87",
)
def nothing_before_so_error(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if not attempt.in_progress or ready is None:
        return not_applicable(NEVER_READY if attempt.in_progress else NOT_AWAITED)
    harmless = (Watch, Unwatch, Ready, Close)
    touch = next((call for call in attempt.after(ready).each(Call) if not isinstance(call, harmless)), None)
    if touch is None:
        return not_applicable("nothing was asked of the socket any more")
    if isinstance(touch, GetSockOpt) and touch.option == "SO_ERROR":
        return passed(ready, touch)
    return failed(f"{body(touch)} came before SO_ERROR was read", ready, touch)


@clause(
    "T9-07",
    force=MUST,
    needs={"syscall"},
    says="SO_ERROR is read exactly once after the first readiness.",
    why="Reading it clears it, so a second read reports success for a failed connect.",
    source="toy9 spec, Behavior 1; socket(7), SO_ERROR; catalogue 4",
)
def so_error_is_read_exactly_once(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if not attempt.in_progress or ready is None:
        return not_applicable(NEVER_READY if attempt.in_progress else NOT_AWAITED)
    match attempt.after(ready).of(GetSockOpt, option="SO_ERROR", error=""):
        case [only]:
            return passed_by_absence(ready, only)
        case []:
            return failed_by_absence("SO_ERROR was never read", ready)
        case reads:
            return failed(f"SO_ERROR was read {len(reads)} times", *reads)


@clause(
    "T9-33",
    force=MUST,
    needs={"syscall", "subject"},
    says="waitingForConnection is true exactly from EINPROGRESS to the decision.",
    why="The loop asks it whether writability means 'connected or failed' or merely 'there is room'.",
    source="toy9 spec, Scope 2; mcl Socket.cc, waitingForConnection",
)
def waiting_for_connection(attempt: Attempt) -> Verdict:
    raised = attempt.of(Fact, name="waitingForConnection", text="true")
    if not attempt.in_progress:
        return failed("it was true although nothing was awaited", *raised) if raised else not_applicable(NOT_AWAITED)
    if not raised:
        return failed_by_absence("waitingForConnection never became true", attempt.connect)
    if len(raised) > 1 or attempt.number(raised[0]) < attempt.number(attempt.connect):
        return failed("waitingForConnection became true before EINPROGRESS, or twice", *raised)
    wait = attempt.next_wait(attempt.connect)
    if wait and attempt.number(wait) < attempt.number(raised[0]):
        return failed("the loop waited before waitingForConnection became true", wait, raised[0])
    return _lowered(attempt, raised[0])


def _lowered(attempt: Attempt, raised: Fact) -> Verdict:
    """From the decision on it is false, and no outcome is announced while it is still true."""
    lowered = attempt.after(raised).first(Fact, name="waitingForConnection", text="false")
    decided = attempt.decision
    told = attempt.after(raised).first(State)
    if lowered is None:
        over = decided or told
        return failed_by_absence("it never became false", raised, over) if over else passed_by_absence(raised)
    if told and attempt.number(told) < attempt.number(lowered):
        return failed("the outcome was announced while waitingForConnection was true", told, lowered)
    early = attempt.number(lowered) < attempt.number(decided) if decided else _waited(attempt, lowered, told)
    if early:
        return failed("waitingForConnection became false before the decision", lowered, *([decided] if decided else []))
    return passed(raised, lowered)
