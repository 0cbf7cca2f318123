"""The functions that work on descriptors, whoever's they are, with their calls told."""

from __future__ import annotations

import _socket
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.recorders import spoken

if TYPE_CHECKING:
    from harness.recorders.teller import Teller

_os: Any = os
_sockets: Any = _socket
_socket_module: Any = socket


def wrap(teller: Teller) -> None:
    """What works on descriptors, whoever's they are; the parser knows which are sockets."""
    close, read, write, pair = _os.close, _os.read, _os.write, _sockets.socketpair

    def told_close(fd: int) -> None:
        teller.call("close", str(fd), lambda: close(fd), lambda _: ("", "0"))

    def told_read(fd: int, length: int, /) -> bytes:
        data: bytes = teller.call(
            "read",
            f"{fd}, ",
            lambda: read(fd, length),
            lambda data: (f"{spoken.string(data)}, {length}", str(len(data))),
        )
        return data

    def told_write(fd: int, data: Any, /) -> int:
        raw = spoken.raw(data)
        args = f"{fd}, {spoken.string(raw)}, {len(raw)}"
        written: int = teller.call("write", args, lambda: write(fd, data), spoken.count(0))
        return written

    def told_pair(family: int = socket.AF_UNIX, type: int = socket.SOCK_STREAM, proto: int = 0) -> Any:
        def described(two: Any) -> tuple[str, str]:
            return f"[{two[0].fileno()}, {two[1].fileno()}]", "0"

        args = f"{spoken.family_name(family)}, {spoken.type_name(type)}, {proto}, "
        return teller.call("socketpair", args, lambda: pair(family, type, proto), described)

    _os.close, _os.read, _os.write, _sockets.socketpair = told_close, told_read, told_write, told_pair
    for module in (_os, _socket_module):
        module.dup = _told_dup(teller, module.dup)
    _os.dup2 = _told_dup2(teller, _os.dup2)


def _told_dup(teller: Teller, dup: Callable[[int], int]) -> Callable[[int], int]:
    def told(fd: int, /) -> int:
        new: int = teller.call("fcntl", f"{fd}, F_DUPFD_CLOEXEC, 0", lambda: dup(fd), lambda new: ("", str(new)))
        return new

    return told


def _told_dup2(teller: Teller, dup2: Callable[[int, int, bool], int]) -> Callable[..., int]:
    def told(fd: int, fd2: int, inheritable: bool = True) -> int:
        name, flags = ("dup2", "") if inheritable else ("dup3", ", O_CLOEXEC")
        args = f"{fd}, {fd2}{flags}"
        new: int = teller.call(name, args, lambda: dup2(fd, fd2, inheritable), lambda new: ("", str(new)))
        return new

    return told
