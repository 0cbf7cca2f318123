"""Writes calls in the form of strace's lines: arguments, addresses, strings and masks as strace spells them."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

MOST_DATA = 32
"""So many bytes of what was sent or received are kept, which is also what strace shows of a string."""

_PLAIN = {byte: chr(byte) for byte in range(32, 127)} | {
    ord('"'): '\\"', ord("\\"): "\\\\", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r",
}  # fmt: skip
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
} | {
    (socket.SOL_SOCKET, socket.SO_RCVTIMEO): "SO_RCVTIMEO_OLD",
    (socket.SOL_SOCKET, socket.SO_SNDTIMEO): "SO_SNDTIMEO_OLD",
    (socket.IPPROTO_IP, 11): "IP_RECVERR",
    (socket.IPPROTO_IPV6, 25): "IPV6_RECVERR",
}
"""Python names few options of IP and others after the C library; strace follows the kernel (asm-generic/socket.h)."""
_LINGER = struct.Struct("ii")
_ERRORS = {**errno.errorcode, errno.EDEADLK: "EDEADLK", errno.EOPNOTSUPP: "EOPNOTSUPP"}
"""Of names for the same number the one that strace knows it by, which is the kernel's own (asm-generic/errno.h)."""
_MESSAGE_FLAGS = {
    int(value): name for name, value in vars(socket).items() if name.startswith("MSG_") and isinstance(value, int)
}


def string(data: bytes) -> str:
    """At most the first 32 bytes between quotes, the rest as three points."""
    return f'"{_escaped(data[:MOST_DATA])}"' + "..." * (len(data) > MOST_DATA)


def _escaped(data: bytes) -> str:
    """Octal as short as it may be: three digits only where another digit follows."""
    followed = zip(data, data[1:] + b" ", strict=False)
    return "".join(
        _PLAIN.get(byte) or (f"\\{byte:03o}" if following in b"0123456789" else f"\\{byte:o}")
        for byte, following in followed
    )


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
    shown = _escaped(raw.removeprefix(b"\0"))
    return f'{{sa_family=AF_UNIX, sun_path={"@" * raw.startswith(bytes(1))}"{shown}"}}'


def error_name(number: int) -> str:
    return _ERRORS.get(number, f"ERRNO_{number}")


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
        return f"[{error_name(value) if is_error and value else value}]"
    if value is None:
        return "NULL"
    data = raw(value)
    if (level, name) == (socket.SOL_SOCKET, socket.SO_LINGER) and len(data) == _LINGER.size:
        onoff, linger = _LINGER.unpack(data)
        return f"{{l_onoff={onoff}, l_linger={linger}}}"
    return string(data)


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


def message(vectors: list[tuple[bytes, int]], name: str = "NULL") -> str:
    """A msghdr: the data of each vector and the size of its buffer, and the address as `address` writes it."""
    shown = ", ".join(f"{{iov_base={string(data)}, iov_len={size}}}" for data, size in vectors)
    return f"{{msg_name={name}, msg_iov=[{shown}], msg_flags=0}}"


def count(size: int) -> Callable[[Any], tuple[str, str]]:
    """The result of a call that returns how much it took, or nothing once it took all."""
    return lambda taken: ("", str(size if taken is None else taken))
