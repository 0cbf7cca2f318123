"""Writes calls in the form of strace's lines: arguments, addresses, strings and masks as strace spells them."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from typing import Any

from harness.recorders.recorded import MOST_DATA

_PRINTABLE = frozenset(range(32, 127)) - {ord('"'), ord("\\")}
_BITS = {
    1: "IN", 2: "PRI", 4: "OUT", 8: "ERR", 16: "HUP", 32: "NVAL", 0x2000: "RDHUP",
    1 << 28: "EXCLUSIVE", 1 << 30: "ONESHOT", 1 << 31: "ET",
}  # fmt: skip
_LEVELS: dict[int, tuple[str, tuple[str, ...]]] = {
    socket.SOL_SOCKET: ("SOL_SOCKET", ("SO_",)),
    socket.IPPROTO_TCP: ("SOL_TCP", ("TCP_",)),
    socket.IPPROTO_IP: ("SOL_IP", ("IP_",)),
    socket.IPPROTO_IPV6: ("SOL_IPV6", ("IPV6_",)),
}
_OPTIONS: Mapping[tuple[int, int], str] = {
    (level, value): name
    for level, (_, prefixes) in _LEVELS.items()
    for name, value in sorted(vars(socket).items(), reverse=True)
    if name.startswith(prefixes) and isinstance(value, int) and not name.startswith(("SO_J1939_", "SO_VM_SOCKETS_"))
}
_MESSAGE_FLAGS = {
    int(value): name for name, value in vars(socket).items() if name.startswith("MSG_") and isinstance(value, int)
}


def string(data: bytes) -> str:
    """At most the first 32 bytes between quotes, the rest as three points."""
    shown = "".join(chr(byte) if byte in _PRINTABLE else f"\\{byte:03o}" for byte in data[:MOST_DATA])
    return f'"{shown}"' + "..." * (len(data) > MOST_DATA)


def address(family: int, given: Any) -> str:
    """A sockaddr from what Python takes and gives for it; `NULL` for what is none."""
    try:
        return _address(family, given)
    except (TypeError, ValueError, IndexError):
        return "NULL"


def _address(family: int, given: Any) -> str:
    if family == socket.AF_UNIX:
        return _unix(given)
    if family == socket.AF_INET:
        host, port = given[:2]
        return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{host or "0.0.0.0"}")}}'
    if family == socket.AF_INET6:
        host, port, *more = given
        scope = more[1] if more[1:] else 0
        return (
            f"{{sa_family=AF_INET6, sin6_port=htons({port}), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "
            f'"{host or "::"}", &sin6_addr), sin6_scope_id={scope}}}'
        )
    return f"{{sa_family={family_name(family)}, nl_pid={given[0]}}}" if isinstance(given, tuple) else "NULL"


def _unix(path: str | bytes | None) -> str:
    raw = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path or b""
    if not raw:
        return "{sa_family=AF_UNIX}"
    shown = "".join(chr(byte) if byte in _PRINTABLE else f"\\{byte:03o}" for byte in raw.removeprefix(b"\0"))
    return f'{{sa_family=AF_UNIX, sun_path={"@" * raw.startswith(bytes(1))}"{shown}"}}'


def family_name(family: int) -> str:
    try:
        return socket.AddressFamily(family).name
    except ValueError:
        return f"AF_{family}"


def type_name(kind: int) -> str:
    """`SOCK_STREAM|SOCK_CLOEXEC`: Python asks for close-on-exec always."""
    flags = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    try:
        name = socket.SocketKind(kind & ~flags).name
    except ValueError:
        name = f"SOCK_{kind & ~flags}"
    return f"{name}|SOCK_CLOEXEC" + "|SOCK_NONBLOCK" * bool(kind & socket.SOCK_NONBLOCK)


def option(level: int, name: int) -> str:
    """`SOL_SOCKET, SO_ERROR`"""
    spelled = _LEVELS[level][0] if level in _LEVELS else f"SOL_{level}"
    return f"{spelled}, {_OPTIONS.get((level, name), f'OPTION_{name}')}"


def option_value(level: int, name: int, value: Any) -> str:
    if isinstance(value, int):
        is_error = (level, name) == (socket.SOL_SOCKET, socket.SO_ERROR)
        return f"[{errno.errorcode.get(value, value) if is_error else value}]"
    return string(bytes(value)) if value is not None else "NULL"


def message_flags(flags: int) -> str:
    names = [name for bit, name in _MESSAGE_FLAGS.items() if bit and bit & (bit - 1) == 0 and flags & bit]
    return "|".join(names) or "0"


def events(mask: int, prefix: str) -> str:
    """`EPOLLIN|EPOLLOUT`, `0` when empty."""
    return "|".join(f"{prefix}{name}" for bit, name in _BITS.items() if mask & bit) or "0"


def raw(data: Any) -> bytes:
    """The bytes of a buffer; none of what is no buffer, as the call itself complains of that."""
    try:
        return bytes(memoryview(data).cast("B"))
    except TypeError:
        return b""


def vectors(buffers: list[bytes]) -> str:
    return ", ".join(f"{{iov_base={string(data)}, iov_len={len(data)}}}" for data in buffers)


def count(size: int) -> Callable[[Any], tuple[str, str]]:
    """The result of a call that returns how much it took, or nothing once it took all."""
    return lambda taken: ("", str(size if taken is None else taken))
