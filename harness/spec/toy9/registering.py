"""How the socket is kept in the poller: what is watched, and that what is reported is looked into."""

from __future__ import annotations

from harness.attempt import WOULD_BLOCK, Attempt
from harness.clause import HOUSE, MUST, SHOULD, clause
from harness.events import Call, Event, Ready, Send, SetNonblocking, Unwatch, Wait, Watch, bits
from harness.spec.toy9.awaiting import NEVER_READY, NOT_AWAITED
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NEVER_WATCHED = "the socket was never watched"


@clause(
    "T9-35",
    force=MUST,
    needs={"syscall"},
    says="The first readiness is looked into before the loop waits again, whatever its bits are.",
    why="A refusal on the own host reports ERR alone: whoever acts on OUT only learns of it a second late, or never.",
    source="epoll_ctl(2), EPOLLERR; tcp(7), Error handling; catalogue 28, 46",
)
def first_readiness_is_looked_into(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if not attempt.in_progress or ready is None:
        return not_applicable(NEVER_READY if attempt.in_progress else NOT_AWAITED)
    wait = attempt.next_wait(ready)
    calls = attempt.between(ready, wait).each(Call)
    answer = next((call for call in calls if not isinstance(call, (Watch, Unwatch, Ready))), None)
    if answer:
        return passed(ready, answer)
    if wait is None:
        return not_applicable("the loop never waited again")
    return failed(f"{ready.mask} was reported, and the loop waited again without a look at it", ready, wait)


@clause(
    "T9-36",
    force=SHOULD,
    needs={"syscall"},
    says="A socket that an epoll loop goes on watching stays non-blocking.",
    why="Setting other flags with F_SETFL takes O_NONBLOCK away, and the next large write holds up the whole loop.",
    source="fcntl(2), F_SETFL; epoll(7), Q9; mcl Socket.cc, connect()",
)
def stays_nonblocking(attempt: Attempt) -> Verdict:
    watch = attempt.first(Watch, error="")
    if watch is None or not attempt.in_progress or not watch.poller.startswith("epoll"):
        return not_applicable("the socket is not in an epoll loop")
    blocking = attempt.after(attempt.connect).first(SetNonblocking, on=False, error="")
    used = attempt.after(blocking).first(Ready) if blocking else None
    if blocking and used:
        return failed("the socket was made blocking, and the loop went on with it", blocking, used)
    return passed_by_absence(attempt.connect, watch)


@clause(
    "T9-37",
    force=HOUSE,
    needs={"syscall"},
    says="A watch that the poller refuses is put right before the loop waits again.",
    why="EEXIST and ENOENT show books that are out of date: who waits on watches the wrong thing, or nothing.",
    source="epoll_ctl(2), ERRORS; catalogue 44, 45",
)
def the_poller_never_refuses(attempt: Attempt) -> Verdict:
    changes = [call for call in attempt.each(Call) if isinstance(call, (Watch, Unwatch))]
    if not changes:
        return not_applicable(NEVER_WATCHED)
    refused = [call for call in changes if isinstance(call, Watch) and call.error and not _is_mended(attempt, call)]
    if refused:
        return failed(f"the poller refused a change with {refused[0].error}", *refused)
    return passed_by_absence(changes[0])


def _is_mended(attempt: Attempt, refused: Watch) -> bool:
    """libuv tries ADD first and answers EEXIST with MOD: its books are the kernel's."""
    later = attempt.between(refused, attempt.next_wait(refused))
    return later.first(Watch, error="") is not None or attempt.next_wait(refused) is None


@clause(
    "T9-38",
    force=MUST,
    needs={"syscall"},
    says="While a write has left something over, no wait begins without the socket being watched for OUT.",
    why="Room is told to those who ask for it: whoever does not, sits on the rest until the peer happens to speak.",
    source="toy9 spec, Behavior 3; epoll(7); catalogue 39, 91, 93",
)
def a_rest_waits_for_room(attempt: Attempt) -> Verdict:
    rests: list[Event] = []
    for write in attempt.each(Send):
        wait = attempt.next_wait(write) if _leaves_a_rest(write) else None
        if wait is None or _goes_on(attempt, write, wait):
            continue
        if not is_armed(attempt, wait):
            return failed("the loop waited with output left over, and not for room", write, wait)
        rests.append(write)
    return passed_by_absence(*rests[-1:]) if rests else not_applicable("no write left anything over")


def _leaves_a_rest(write: Send) -> bool:
    return write.error in WOULD_BLOCK or (not write.error and write.result < write.size)


def _goes_on(attempt: Attempt, write: Send, wait: Wait) -> bool:
    """Whether another write came before the wait, or there was nothing to wait with any more."""
    closed = attempt.closed
    gone = closed is not None and attempt.number(closed) < attempt.number(wait)
    return gone or attempt.between(write, wait).first(Send) is not None


def is_armed(attempt: Attempt, wait: Wait) -> bool:
    """Whether the socket was watched for OUT when this wait began."""
    before = attempt.before(wait)
    changes = [change for change in (before.last(Watch, error=""), before.last(Unwatch, error="")) if change]
    last = max(changes, key=attempt.number, default=None)
    return isinstance(last, Watch) and "OUT" in bits(last.interest)
