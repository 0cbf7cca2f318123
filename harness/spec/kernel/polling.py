"""When a poller tells again: levels, edges, one shots, and descriptors that are closed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Close, Event, Packet, Ready, Send, SetSockOpt, ShutDown, Unwatch, Wait, Watch, bits
from harness.spec.kernel.ends import End, known
from harness.spec.kernel.pairing import standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NO_EDGE = "no edge of a connection was told twice"


@clause(
    "K-73",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="An edge is told again only after something arrived, or was changed or shut by the program.",
    why="Whoever leaves data unread waits for it in vain: what was told once is not told again.",
    source="epoll(7), EPOLLET; catalogue 0.7, SYN-ACK; net/core/sock.c, sock_def_readable",
)
def an_edge_needs_news(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for one, other in pairwise(end.of(Ready, poller="epoll")):
            if "ET" not in end.asked(other) or bits(other.mask) & {"ERR", "HUP"}:
                continue
            between = [*end.between(one, other)]
            news = next((event for event in between if _is_news(end, event)), None)
            if news is None:
                return failed("the edge was told again, and nothing had happened", one, other)
            seen += [one, news, other]
    return passed(*seen) if seen else not_applicable(NO_EDGE)


@clause(
    "K-74",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="A level tells IN as long as something that arrived was not read.",
    why="That is what a level is: no wait passes over what is there.",
    source="epoll(7), level-triggered; poll(2); net/ipv4/tcp.c, tcp_stream_is_readable; catalogue 41",
)
def a_level_stays(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for wait in _waits_with_input(end):
            if wait.count is None or wait.error or not _is_level(end, wait):
                continue
            ready = _told_by(end, wait)
            if ready is None or "IN" not in bits(ready.mask):
                return failed_by_absence(f"{end.unread(wait)} unread bytes were not told", wait, *known(ready))
            seen.append(ready)
    return passed(*seen) if seen else not_applicable("no wait on a level began with data that was not read")


@clause(
    "K-75",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A socket watched with EPOLLONESHOT is told of once, until epoll_ctl() watches it anew.",
    why="One thread gets the event, and no other until it has finished: not even new data or a RST is told.",
    source="epoll_ctl(2), EPOLLONESHOT; fs/eventpoll.c, ep_send_events; catalogue 40",
)
def one_shot_is_one(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for watch in (watch for watch in trace.of(Watch, error="") if "ONESHOT" in bits(watch.interest)):
        same = {"who": watch.who, "sock": watch.sock, "poller": "epoll", "error": ""}
        told = trace.between(watch, trace.after(watch).first(Watch, **same)).of(Ready, **same)
        if len(told) > 1:
            return failed(f"it was told {len(told)} times", watch, *told)
        seen += told
    return passed_by_absence(*seen) if seen else not_applicable("nothing was watched with EPOLLONESHOT and told")


@clause(
    "K-76",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="After a write said EAGAIN, OUT is told only when the peer has acknowledged something.",
    why="Room comes from acknowledgements alone, and not from the first: a third of the buffer must be free.",
    source="include/net/sock.h, sk_stream_is_writeable; send(2), EAGAIN; catalogue 38",
)
def room_is_acknowledged(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for full in (call for call in end.each(Send) if call.error == "EAGAIN" and _after_stood(end, call)):
            told = next((ready for ready in end.reports(full) if "OUT" in bits(ready.mask)), None)
            if told is None or bits(told.mask) & {"ERR", "HUP"} or _is_moved(end, full, told):
                continue
            acknowledged = end.between(full, told).first(Packet, phase="arrived", dst=end.who)
            if acknowledged is None:
                return failed("there was room, and nothing had been acknowledged", full, told)
            seen += [full, acknowledged, told]
    return passed(*seen) if seen else not_applicable("no writer waited for room")


@clause(
    "K-77",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="When the last descriptor of a socket is closed, its poller says nothing more of it.",
    why="epoll forgets a socket by itself then, and only then: a duplicate keeps the registration alive.",
    source="epoll(7), questions and answers 6; fs/eventpoll.c, eventpoll_release_file; catalogue 42",
)
def closed_is_forgotten(trace: Trace) -> Verdict:
    closed = [call for call in trace.of(Close, by_exit=False, error="") if _was_watched(trace, call)]
    for call in closed:
        late = trace.after(call).first(Ready, who=call.who, pid=call.pid, sock=call.sock)
        if late:
            return failed("a socket was told of that was closed", call, late)
    return passed_by_absence(*closed) if closed else not_applicable("no socket was closed that a poller watched")


def _is_news(end: End, event: Event) -> bool:
    arrived = isinstance(event, Packet) and event.phase == "arrived" and event.dst == end.who
    return arrived or isinstance(event, (Watch, ShutDown, SetSockOpt))


def _waits_with_input(end: End) -> Iterator[Wait]:
    """The waits of its program that begin while something is unread, until the socket is closed."""
    closed = end.first(Close)
    for since, until in end.unread_stretches():
        stretch = end.trace.between(since, until)
        yield from (stretch.before(closed) if closed else stretch).each(Wait, who=end.who, poller="epoll")


def _is_level(end: End, wait: Wait) -> bool:
    """Whether the socket is watched for IN as a level by whoever waits here, from the first byte on."""
    before = end.before(wait)
    if end.option("SO_RCVLOWAT"):
        return False
    watch, unwatch = before.last(Watch, poller="epoll", error="", pid=wait.pid), before.last(Unwatch, error="")
    if watch is None or (unwatch and end.number(unwatch) > end.number(watch)):
        return False
    return "IN" in bits(watch.interest) and not bits(watch.interest) & {"ET", "ONESHOT"}


def _told_by(end: End, wait: Wait) -> Ready | None:
    following = end.trace.after(wait).first(Wait, who=wait.who, pid=wait.pid)
    return end.between(wait, following).first(Ready, pid=wait.pid, poller="epoll")


def _is_moved(end: End, full: Send, told: Ready) -> bool:
    """Whether the program itself made the difference: by a larger buffer, or by writing no more."""
    between = end.between(full, told)
    return bool(between.first(ShutDown) or between.first(SetSockOpt))


def _after_stood(end: End, call: Send) -> bool:
    return end.stood is not None and end.number(call) > end.number(end.stood)


def _was_watched(trace: Trace, call: Close) -> bool:
    return trace.before(call).first(Watch, who=call.who, sock=call.sock, poller="epoll", error="") is not None
