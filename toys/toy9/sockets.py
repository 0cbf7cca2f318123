"""A socket for one attempt, with what the caller asked of it, and how addresses are written."""

from __future__ import annotations

import socket
import struct
from typing import Any, NamedTuple

from toys.toy9.resolver import Address


class Wishes(NamedTuple):
    """What the caller asks of the socket; what is empty or 0 is left to the kernel."""

    bind_to: tuple[str, int] | None = None
    send_buffer: int = 0
    user_timeout_ms: int = 0
    protocol: int = 0


def opened(address: Address, wishes: Wishes, *, blocking: bool) -> socket.socket:
    """A stream socket of the address's family, bound if asked for. OSError leaves nothing open."""
    kind = socket.SOCK_STREAM | (0 if blocking else socket.SOCK_NONBLOCK)
    made = socket.socket(address[0], kind, wishes.protocol)
    try:
        if wishes.send_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, wishes.send_buffer)
        if wishes.user_timeout_ms:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wishes.user_timeout_ms)
        if wishes.bind_to:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(sockaddr(*wishes.bind_to))
    except OSError:
        made.close()
        raise
    return made


def sockaddr(host: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """What connect() and bind() take; of `fe80::1%eth0` the scope as a number, or Python would make it 0."""
    address, _, scope = host.partition("%")
    return (address, port, 0, socket.if_nametoindex(scope)) if scope else (host, port)


def timeval(milliseconds: int) -> bytes:
    """struct timeval, as SO_SNDTIMEO takes it; zero means no limit."""
    return struct.pack("ll", milliseconds // 1000, milliseconds % 1000 * 1000)


def written(address: Any) -> str:
    """`10.0.0.1:40000`, `[fd00::1]:40000`, `[fe80::1%eth0]:40000`; the scope is the fourth of four."""
    host, port, *more = address
    if more[1:] and more[1]:
        host += f"%{socket.if_indextoname(more[1])}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
