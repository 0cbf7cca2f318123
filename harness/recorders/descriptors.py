"""What copies and drops descriptors: dup, close, exec and their kin.

A socket is closed with its last descriptor. Closing another one of them is told as OtherCall, unless it is the copy
that a child got by fork(). Where a child's copy outlives the close() of the program's own, the child's end or exec
closes the socket, but not as something that the program had left to its exit.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.events import Close
from harness.recorders import calls
from harness.recorders.lines import Said
from harness.recorders.subject import Subject, error_of
from harness.recorders.tables import Sock

_NUMBERS = re.compile(r"(\d+)(?:, (\d+))?(?:, (.*))?", re.DOTALL)


def duplicated(subject: Subject, said: Said) -> None:
    """dup, dup2, dup3"""
    found = _NUMBERS.match(said.args)
    if found is not None:
        _copy(subject, said, int(found[1]), "O_CLOEXEC" in (found[3] or ""))


def controlled(subject: Subject, said: Said) -> None:
    """fcntl(F_DUPFD)"""
    old, _, command = said.args.partition(", ")
    if command.startswith("F_DUPFD") and old.isdecimal():
        _copy(subject, said, int(old), command.startswith("F_DUPFD_CLOEXEC"))


def _copy(subject: Subject, said: Said, old: int, closes_on_exec: bool) -> None:
    table = subject.tables[said.pid]
    if error_of(said) or said.result is None or said.result == old:
        return
    if (slot := table.slots.get(old)) is None:
        subject.died(table.drop(said.result), said.at_ns, said.number, said.pid)
    else:
        died = table.put(said.result, slot.thing, closes_on_exec)
        subject.died(died, said.at_ns, said.number, said.pid)


def closing(subject: Subject, said: Said) -> None:
    """close(2) at its entry: the number is free at once, for other threads too."""
    number = said.args.strip()
    if number.isdecimal():
        table = subject.tables[said.pid]
        slot = table.slots.get(int(number))
        table.drop(int(number))
        if slot and isinstance(slot.thing, Sock) and not table.has(slot.thing):
            slot.thing.closed_by_hand = True
            if not slot.thing.refs:
                subject.forget(slot.thing)


def closed(subject: Subject, said: Said, sock: Sock) -> None:
    """close(2) at its return."""
    if not sock.refs:
        subject.tell(Close, said, sock=sock.name, error=said.error)
    elif not sock.closed_by_hand:
        calls.other(subject, said, sock)


def closed_many(subject: Subject, said: Said) -> None:
    """close_range(2)"""
    found = _NUMBERS.match(said.args)
    if found is None or error_of(said):
        return
    first, last, flags = int(found[1]), int(found[2] or 0), found[3] or ""
    table = subject.tables[said.pid]
    for fd in [fd for fd in table.slots if first <= fd <= last]:
        if "CLOSE_RANGE_CLOEXEC" in flags:
            table.mark(fd, closes_on_exec=True)
        else:
            subject.died(table.drop(fd), said.at_ns, said.number, said.pid)


def executed(subject: Subject, said: Said) -> None:
    """execve(2): a program ends, and another begins with what is not marked close-on-exec."""
    if said.result == 0:
        died = subject.tables[said.pid].at_exec()
        subject.died(died, said.at_ns, said.number, said.pid, by_exit=True)


def reused(subject: Subject, said: Said) -> None:
    """A call that returns a descriptor of something that is no socket."""
    if said.result is not None and not said.error:
        table = subject.tables[said.pid]
        if died := table.drop(said.result):
            subject.strays.append(f"line {said.number}: descriptor {said.result} was closed by a call not recorded")
            subject.died(died, said.at_ns, said.number, said.pid)


def invisible(subject: Subject, said: Said) -> None:
    """io_uring_setup(2): what the program does through such a ring, nobody sees."""
    subject.strays.append(f"line {said.number}: {said.name}: what goes through io_uring is not recorded")
    subject.blind = True


def nothing(subject: Subject, said: Said) -> None:
    """A call that was dealt with when it was entered."""


MAKE: dict[str, Callable[[Subject, Said], None]] = {
    **dict.fromkeys(("dup", "dup2", "dup3"), duplicated),
    **dict.fromkeys(("fcntl", "fcntl64"), controlled),
    **dict.fromkeys(("execve", "execveat"), executed),
    **dict.fromkeys(("eventfd2", "eventfd", "timerfd_create", "signalfd4", "memfd_create", "inotify_init1"), reused),
    **dict.fromkeys(("clone", "clone3", "fork", "vfork", "exit", "exit_group", "close"), nothing),
    "close_range": closed_many,
    "io_uring_setup": invisible,
}
