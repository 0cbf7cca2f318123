"""Who is woken where several threads wait for one listener."""

from __future__ import annotations

from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Event, Ready, Wait, Watch, bits
from harness.spec.kernel.queues import Queue, queues
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed


@clause(
    "K-84",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Of those who wait for a listener with EPOLLEXCLUSIVE one is told of a connection that comes, and not all.",
    why="One can accept it. Without the flag each one is woken for each, and all but one for an EAGAIN.",
    source="epoll_ctl(2), EPOLLEXCLUSIVE: one or more; fs/eventpoll.c, ep_poll_callback; catalogue 101, 102",
    kernels="6.18",
)
def one_of_the_herd_is_told(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for queue in queues(trace):
        watches = queue.calls.of(Watch, error="")
        if len(watches) < 2 or not all("EXCLUSIVE" in bits(watch.interest) for watch in watches):
            continue
        for arrived, other in pairwise([*queue.ended.values(), None]):
            told = _told(queue, arrived, other) if arrived else []
            if len(told) > 1:
                return failed(f"{len(told)} were told of one connection", *told)
            seen += [arrived, *told] if arrived and told else []
    return passed(*seen) if seen else not_applicable("no listener was watched twice with EPOLLEXCLUSIVE and told of")


def _told(queue: Queue, arrived: Event, other: Event | None) -> list[Ready]:
    """The first report to each thread that slept when the connection came and was woken before the next one did."""
    first: dict[int, Ready] = {}
    for ready in queue.calls.between(arrived, other).of(Ready, poller="epoll"):
        wait = queue.trace.before(ready).last(Wait, who=ready.who, pid=ready.pid)
        if wait and queue.number(wait) < queue.number(arrived):
            first.setdefault(ready.pid, ready)
    return list(first.values())
