"""System calls on sockets, as the subject made them.

A signal is told here too: it is what interrupts them.
"""

from __future__ import annotations

from typing import ClassVar

from harness.events.event import Event, Point


class Call(Event, frozen=True, kw_only=True):
    """A system call at its entry.

    `error` is the errno's name, empty on success; `until_ns` its return, 0 if never seen.
    """

    point: ClassVar[Point] = "syscall"
    sock: str = ""
    error: str = ""
    until_ns: int = 0
    pid: int = 0


class Socket(Call, frozen=True, kw_only=True):
    """socket(2): family `inet`, `inet6`, `unix`, `netlink` ...; type `stream`, `dgram`, `mptcp` (a stream, too) ..."""

    family: str = "inet"
    type: str = "stream"
    nonblocking: bool = False


class SetNonblocking(Call, frozen=True, kw_only=True):
    """fcntl(F_SETFL) or ioctl(FIONBIO), as far as it concerns O_NONBLOCK."""

    on: bool = True


class Bind(Call, frozen=True, kw_only=True):
    address: str = ""


class Listen(Call, frozen=True, kw_only=True):
    backlog: int = 0


class Connect(Call, frozen=True, kw_only=True):
    """connect(2). Addresses are written `10.0.0.2:9`, `[fd00::2]:9` or the path of a Unix socket."""

    address: str = ""


class Accept(Call, frozen=True, kw_only=True):
    """accept4(2) on the listener `sock`; `new` is the identity of the accepted socket, `address` its peer."""

    nonblocking: bool = False
    """Whether the accepted socket was asked not to block, by SOCK_NONBLOCK."""
    new: str = ""
    address: str = ""


class GetSockOpt(Call, frozen=True, kw_only=True):
    """getsockopt(2). For SO_ERROR `value` is an errno's name or `0`; for others strace's text."""

    option: str = ""
    value: str = ""


class SetSockOpt(Call, frozen=True, kw_only=True):
    option: str = ""
    value: str = ""


class GetPeerName(Call, frozen=True, kw_only=True):
    address: str = ""


class GetSockName(Call, frozen=True, kw_only=True):
    address: str = ""


class Send(Call, frozen=True, kw_only=True):
    """write, send, sendto, sendmsg, writev: `size` bytes offered, `result` taken, `data` their printable start.

    `address` is the destination of a datagram, empty for a stream.
    """

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


class Recv(Call, frozen=True, kw_only=True):
    """read, recv, recvfrom, recvmsg, readv on a socket: room for `size` bytes, `result` read; 0, no error: EOF."""

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


class ShutDown(Call, frozen=True, kw_only=True):
    """shutdown(2): how `RD`, `WR` or `RDWR`."""

    how: str = "RDWR"


class Close(Call, frozen=True, kw_only=True):
    """close(2) of the last descriptor of the socket, or (`by_exit`) what the kernel does when the process ends."""

    by_exit: bool = False


class OtherCall(Call, frozen=True, kw_only=True):
    """A call on a socket of the subject that has no class of its own; `text` is strace's line without time and pid."""

    name: str = ""
    text: str = ""


class Signal(Event, frozen=True, kw_only=True):
    """A signal delivered to the subject."""

    point: ClassVar[Point] = "syscall"
    name: str = ""
