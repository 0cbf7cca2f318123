"""What each system call on a socket becomes: opening, connecting, asking, changing, closing.

One function a call, in a table by strace's name. A function gets the program, the call, and the socket that its first
argument meant when it was entered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from harness import events as ev
from harness.recorders import values
from harness.recorders.lines import Said
from harness.recorders.subject import Subject, error_of
from harness.recorders.tables import Epoll, Sock

MOST_TEXT = 200
_OPEN = re.compile(r"AF_(\w+), SOCK_(\w+)([\w|]*)")
_MPTCP = re.compile(r", (?:IPPROTO_MPTCP|262|0x106)\b")
"""The last word of socket(2) for multipath TCP: its name or, where strace knows none, its number."""
_PAIR = re.compile(r".*\[(\d+), (\d+)\]")
_OPTION = re.compile(r"\d+, \w+, (\w+)(?:, (.*), (?:\[\d+(?: => \d+)?\]|\d+|0x[0-9a-f]+|NULL))?", re.DOTALL)
_SECOND = re.compile(r"\d+, (.*)", re.DOTALL)
_FLAGS = re.compile(r"\d+, F_(\w+)(?:, (.*))?")
_IOCTL = re.compile(r"\d+, (\w+)(?:, \[?(-?\d+)\]?)?")
_WORD = re.compile(r"\d+, (?:SHUT_)?([\w-]+)")

Make = Callable[[Subject, Said, Sock], None]


def opened(subject: Subject, said: Said) -> None:
    """socket(2)"""
    found = _OPEN.match(said.args)
    if found is None:
        return
    family, kind, flags = found.groups()
    kind = "mptcp" if _MPTCP.search(said.args) else kind.lower()
    fields: dict[str, Any] = {"family": family.lower(), "type": kind, "nonblocking": "SOCK_NONBLOCK" in flags}
    if error_of(said) or said.result is None:
        subject.tell(ev.Socket, said, error=error_of(said), **fields)
    elif sock := subject.created(said, said.result, "SOCK_CLOEXEC" in flags):
        subject.tell(ev.Socket, said, sock=sock.name, **fields)


def opened_two(subject: Subject, said: Said) -> None:
    """socketpair(2): two sockets at once."""
    pair, found = _PAIR.match(said.args), _OPEN.match(said.args)
    if pair is None or found is None or error_of(said):
        return
    family, kind, flags = found.groups()
    for fd in pair.groups():
        if sock := subject.created(said, int(fd), "SOCK_CLOEXEC" in flags):
            nonblocking = "SOCK_NONBLOCK" in flags
            subject.tell(
                ev.Socket, said, sock=sock.name, family=family.lower(), type=kind.lower(), nonblocking=nonblocking
            )


def opened_epoll(subject: Subject, said: Said) -> None:
    if said.result is not None and not said.error:
        subject.install(said, said.result, Epoll(), "CLOEXEC" in said.args)


def connected(subject: Subject, said: Said, sock: Sock) -> None:
    subject.tell(ev.Connect, said, sock=sock.name, error=error_of(said), address=_address(said))


def bound(subject: Subject, said: Said, sock: Sock) -> None:
    subject.tell(ev.Bind, said, sock=sock.name, error=error_of(said), address=_address(said))


def listening(subject: Subject, said: Said, sock: Sock) -> None:
    subject.tell(ev.Listen, said, sock=sock.name, error=error_of(said), backlog=_number(said))


def accepted(subject: Subject, said: Said, sock: Sock) -> None:
    new = None
    if said.result is not None and not said.error:
        new = subject.created(said, said.result, "SOCK_CLOEXEC" in said.args)
    name, address = (new.name, _address(said)) if new else ("", "")
    nonblocking = "SOCK_NONBLOCK" in said.args
    subject.tell(
        ev.Accept, said, sock=sock.name, error=error_of(said), new=name, address=address, nonblocking=nonblocking
    )


def asked(subject: Subject, said: Said, sock: Sock) -> None:
    found = _OPTION.fullmatch(said.args)
    option, value = found.groups("") if found else ("unknown", "")
    if option == "SO_ERROR":
        value = values.errno_name(value)
    error = error_of(said)
    subject.tell(ev.GetSockOpt, said, sock=sock.name, error=error, option=option, value="" if error else value)


def option_set(subject: Subject, said: Said, sock: Sock) -> None:
    found = _OPTION.fullmatch(said.args)
    option, value = found.groups("") if found else ("unknown", "")
    subject.tell(ev.SetSockOpt, said, sock=sock.name, error=error_of(said), option=option, value=value)


def peer_named(subject: Subject, said: Said, sock: Sock) -> None:
    subject.tell(ev.GetPeerName, said, sock=sock.name, error=error_of(said), address=_told(said))


def own_named(subject: Subject, said: Said, sock: Sock) -> None:
    subject.tell(ev.GetSockName, said, sock=sock.name, error=error_of(said), address=_told(said))


def shut(subject: Subject, said: Said, sock: Sock) -> None:
    found = _WORD.match(said.args)
    how = found[1] if found and found[1] in ("RD", "WR", "RDWR") else "RDWR"
    subject.tell(ev.ShutDown, said, sock=sock.name, error=error_of(said), how=how)


def controlled(subject: Subject, said: Said, sock: Sock) -> None:
    """ioctl(2), of which FIONBIO has an event of its own."""
    found = _IOCTL.match(said.args)
    request, argument = found.groups("") if found else ("", "")
    if request == "FIONBIO":
        on = argument not in ("", "0")
        subject.tell(ev.SetNonblocking, said, sock=sock.name, error=error_of(said), on=on)
    elif request in ("FIOCLEX", "FIONCLEX"):
        _mark(subject, said, request == "FIOCLEX")
    else:
        other(subject, said, sock)


def flagged(subject: Subject, said: Said, sock: Sock) -> None:
    """fcntl(2): asking for flags is left out, as it changes nothing."""
    found = _FLAGS.match(said.args)
    command, argument = found.groups("") if found else ("", "")
    if command == "SETFL":
        on = bool({"O_NONBLOCK", "O_NDELAY"} & set(argument.split("|")))
        subject.tell(ev.SetNonblocking, said, sock=sock.name, error=error_of(said), on=on)
    elif command == "SETFD":
        _mark(subject, said, "FD_CLOEXEC" in argument)
    elif command not in ("GETFL", "GETFD", "DUPFD", "DUPFD_CLOEXEC"):
        other(subject, said, sock)


def looked_at(subject: Subject, said: Said, sock: Sock) -> None:
    """fstat(2), dup(2) and the like neither change the socket nor take anything from it."""


def other(subject: Subject, said: Said, sock: Sock) -> None:
    result = "?" if said.result is None else f"{said.result} {said.error}"
    text = f"{said.name}({said.args}) = {result}"[:MOST_TEXT].strip()
    subject.tell(ev.OtherCall, said, sock=sock.name, error=error_of(said), name=said.name, text=text)


def _mark(subject: Subject, said: Said, closes_on_exec: bool) -> None:
    if not said.error:
        subject.tables[said.pid].mark(int(said.args.partition(",")[0]), closes_on_exec=closes_on_exec)


def _address(said: Said) -> str:
    found = _SECOND.match(said.args)
    return values.address(found[1]) if found else ""


def _told(said: Said) -> str:
    return "" if error_of(said) else _address(said)


def _number(said: Said) -> int:
    found = _WORD.match(said.args)
    return int(found[1]) if found and found[1].lstrip("-").isdecimal() else 0


MAKE: dict[str, Make] = {
    "connect": connected,
    "bind": bound,
    "listen": listening,
    "accept": accepted,
    "accept4": accepted,
    "getsockopt": asked,
    "setsockopt": option_set,
    "getpeername": peer_named,
    "getsockname": own_named,
    "shutdown": shut,
    "ioctl": controlled,
    "fcntl": flagged,
    "fcntl64": flagged,
    **dict.fromkeys(("fstat", "newfstatat", "fstat64", "statx", "fstatfs", "dup", "dup2", "dup3"), looked_at),
}
OPEN: dict[str, Callable[[Subject, Said], None]] = {
    "socket": opened,
    "socketpair": opened_two,
    "epoll_create": opened_epoll,
    "epoll_create1": opened_epoll,
}
