"""epoll, poll and select, normalised to watch, unwatch, wait and ready.

epoll tells changes itself. poll() and select() are given their whole set each time: what differs from the last set of
the same thread is told as Watch and Unwatch just before the Wait. Descriptors that are no sockets of the program are
left out, but the count of a Wait is the kernel's. epoll reports data and not descriptors (libuv, Go and others put
pointers there), so what data means is learnt from epoll_ctl().
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from harness import events as ev
from harness.recorders import values
from harness.recorders.lines import Said
from harness.recorders.subject import Subject, error_of
from harness.recorders.tables import Epoll, Sock

UNKNOWN_MS = 1
"""strace shows the arguments of epoll_wait() at its return only. Of a wait that never did, it may not be said that it
was for ever, nor that it did not block."""

_DATA = r"data=(?:\{u32=\d+, u64=(\d+)\}|(\w+))"
_CONTROL = re.compile(rf"(\d+), EPOLL_CTL_(\w+), (\d+)(?:, \{{events=([^,]*), {_DATA}\}})?")
_REPORT = re.compile(rf"\{{events=([^,]*), {_DATA}\}}")
_EPOLL = re.compile(r"(\d+), (?:\[.*\]|\w*)(?:, \d+, (\{[^}]*\}|-?\w+))?", re.DOTALL)
_POLL = re.compile(r"(\[.*\]|\w+), \d+, (\{[^}]*\}|-?\w+)", re.DOTALL)
_ASKED = re.compile(r"\{fd=(\d+)(?:, events=([^}]*))?\}")
_ANSWERED = re.compile(r"\{fd=(\d+), revents=([^}]*)\}")
_SET = r"(NULL|\[[\d ]*\]|\w+)"
_SELECT = re.compile(rf"-?\d+, {_SET}, {_SET}, {_SET}, (NULL|\{{[^}}]*\}}|\w+)")
_SELECTED = re.compile(r"\b(in|out|except) \[([\d ]*)\]")
_SETS = ("IN", "OUT", "PRI")
_SELECTED_BITS = dict(zip(("in", "out", "except"), _SETS, strict=True))


def controlled(subject: Subject, said: Said) -> None:
    """epoll_ctl(2)"""
    found = _CONTROL.match(said.args)
    if found is None:
        return
    instance, operation, fd, events, *data = found.groups("")
    epoll, sock = subject.epoll(said.pid, int(instance)), subject.sock(said.pid, int(fd))
    if sock is None:
        return
    error = error_of(said)
    if epoll is not None and not error:
        _remember(epoll, operation, int(fd), sock, data[0] or data[1])
    if operation == "DEL":
        subject.tell(ev.Unwatch, said, sock=sock.name, error=error)
    else:
        subject.tell(ev.Watch, said, sock=sock.name, error=error, interest=values.mask(events))


def _remember(epoll: Epoll, operation: str, fd: int, sock: Sock, data: str) -> None:
    if operation == "DEL":
        epoll.take(fd, sock)
    else:
        epoll.put(fd, sock, data)


def waited_epoll(subject: Subject, said: Said) -> None:
    """epoll_wait, epoll_pwait, epoll_pwait2"""
    found = _EPOLL.match(said.args)
    instance, timeout = found.groups("") if found else ("-1", "")
    epoll = subject.epoll(said.pid, int(instance))
    _wait(subject, said, "epoll", timeout)
    if epoll is None or not said.result:
        return
    for events, number, name in _REPORT.findall(said.args):
        sock = epoll.by_data.get(number or name)
        if sock is not None:
            _ready(subject, said, "epoll", sock, values.mask(events))
    _abbreviated(subject, said)


def waited_poll(subject: Subject, said: Said) -> None:
    """poll, ppoll"""
    found = _POLL.match(said.args)
    asked, timeout = found.groups() if found else (said.args, "")
    interest = dict(_ASKED.findall(asked))
    partial = _abbreviated(subject, said)
    _watch(subject, said, "poll", ((int(fd), values.mask(events)) for fd, events in interest.items()), partial=partial)
    _wait(subject, said, "poll", timeout)
    if said.result:
        for fd, events in _ANSWERED.findall(said.extra):
            if sock := subject.sock(said.pid, int(fd)):
                _ready(subject, said, "poll", sock, values.mask(events))


def waited_select(subject: Subject, said: Said) -> None:
    """select, pselect6: sets of descriptors, for which IN, OUT and PRI stand."""
    found = _SELECT.match(said.args)
    *sets, timeout = found.groups() if found else ("", "", "", "")
    asked = _masks(zip(_SETS, sets, strict=True))
    _watch(subject, said, "select", asked.items(), partial=False)
    _wait(subject, said, "select", timeout)
    if said.result:
        answered = _masks((_SELECTED_BITS[name], numbers) for name, numbers in _SELECTED.findall(said.extra))
        for fd, mask in sorted(answered.items()):
            if sock := subject.sock(said.pid, fd):
                _ready(subject, said, "select", sock, mask)


def _masks(sets: Iterable[tuple[str, str]]) -> dict[int, str]:
    """The mask of each descriptor from the lists that it stands in."""
    found: dict[int, set[str]] = {}
    for bit, numbers in sets:
        for number in numbers.strip("[]").split():
            if number.isdecimal():
                found.setdefault(int(number), set()).add(bit)
    return {fd: ev.mask_of(names) for fd, names in found.items()}


def _watch(subject: Subject, said: Said, poller: str, asked: Iterable[tuple[int, str]], *, partial: bool) -> None:
    """How this call's set differs from the last one of the thread; what is not in a partial set may be there still."""
    before = subject.polled.get((said.pid, poller), {})
    now: dict[Sock, str] = {}
    for fd, mask in asked:
        if sock := subject.sock(said.pid, fd):
            now[sock] = ev.mask_of(ev.bits(now.get(sock, "0")) | ev.bits(mask))
    entry = said._replace(until_ns=0)
    for sock in () if partial else [sock for sock in before if sock not in now]:
        subject.tell(ev.Unwatch, entry, sock=sock.name, poller=poller)
    for sock, mask in now.items():
        if before.get(sock) != mask:
            subject.tell(ev.Watch, entry, sock=sock.name, poller=poller, interest=mask)
    subject.polled[said.pid, poller] = {**before, **now} if partial else now


def _wait(subject: Subject, said: Said, poller: str, timeout: str) -> None:
    count = None if said.error else said.result
    milliseconds = values.timeout_ms(timeout) if timeout else UNKNOWN_MS
    if not timeout:
        subject.strays.append(f"line {said.number}: {said.name} never returned, and its timeout was not shown")
    subject.tell(ev.Wait, said, error=said.error, poller=poller, timeout_ms=milliseconds, count=count)


def _ready(subject: Subject, said: Said, poller: str, sock: Sock, mask: str) -> None:
    returned = said.until_ns or said.at_ns
    subject.tell(ev.Ready, said, at_ns=returned, sock=sock.name, poller=poller, mask=mask)


def _abbreviated(subject: Subject, said: Said) -> bool:
    """Whether strace left out a part of the set; it shows as many members as it shows bytes of a string."""
    left_out = ", ...]" in said.args or ", ...]" in said.extra
    if left_out:
        subject.strays.append(f"line {said.number}: {said.name} shows a part of its set only")
    return left_out


MAKE: dict[str, Callable[[Subject, Said], None]] = {
    "epoll_ctl": controlled,
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), waited_epoll),
    **dict.fromkeys(("poll", "ppoll"), waited_poll),
    **dict.fromkeys(("select", "pselect6"), waited_select),
}
