"""System calls on sockets, as the subject made them.

A signal is told here too: it is what interrupts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.events.event import Event, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Event):
    """A system call at its entry.

    `error` is the errno's name, empty on success; `until_ns` its return, 0 if never seen.
    """

    point: ClassVar[Point] = "syscall"
    sock: str = ""
    error: str = ""
    until_ns: int = 0
    pid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket(Call):
    """socket(2): family `inet`, `inet6`, `unix`, `netlink` ...; type `stream`, `dgram`, `mptcp` (a stream, too) ..."""

    family: str = "inet"
    type: str = "stream"
    nonblocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNonblocking(Call):
    """fcntl(F_SETFL) or ioctl(FIONBIO), as far as it concerns O_NONBLOCK."""

    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Call):
    backlog: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Call):
    """connect(2). Addresses are written `10.0.0.2:9`, `[fd00::2]:9` or the path of a Unix socket."""

    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Call):
    """accept4(2) on the listener `sock`; `new` is the identity of the accepted socket, `address` its peer."""

    nonblocking: bool = False
    """Whether the accepted socket was asked not to block, by SOCK_NONBLOCK."""
    new: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSockOpt(Call):
    """getsockopt(2). For SO_ERROR `value` is an errno's name or `0`; for others strace's text."""

    option: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSockOpt(Call):
    option: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPeerName(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSockName(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Call):
    """write, send, sendto, sendmsg, writev: `size` bytes offered, `result` taken, `data` their printable start.

    `address` is the destination of a datagram, empty for a stream.
    """

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recv(Call):
    """read, recv, recvfrom, recvmsg, readv on a socket: room for `size` bytes, `result` read; 0, no error: EOF."""

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutDown(Call):
    """shutdown(2): how `RD`, `WR` or `RDWR`."""

    how: str = "RDWR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Call):
    """close(2) of the last descriptor of the socket, or (`by_exit`) what the kernel does when the process ends."""

    by_exit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCall(Call):
    """A call on a socket of the subject that has no class of its own; `text` is strace's line without time and pid."""

    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Event):
    """A signal delivered to the subject."""

    point: ClassVar[Point] = "syscall"
    name: str = ""
