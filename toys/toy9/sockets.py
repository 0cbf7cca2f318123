"""A socket for one attempt, with what the caller asked of it, and how addresses are written."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Any

from toys.toy9.resolver import Address


@dataclass(slots=True, kw_only=True)
class Wishes:
    """What the caller asks of the socket; what is empty or 0 is left to the kernel."""

    bind_to: tuple[str, int] | None = None
    send_buffer: int = 0
    user_timeout_ms: int = 0


def opened(address: Address, wishes: Wishes, *, blocking: bool) -> socket.socket:
    """A stream socket of the address's family, bound if asked for. OSError leaves nothing open."""
    made = socket.socket(address[0], socket.SOCK_STREAM | (0 if blocking else socket.SOCK_NONBLOCK))
    try:
        if wishes.send_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, wishes.send_buffer)
        if wishes.user_timeout_ms:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wishes.user_timeout_ms)
        if wishes.bind_to:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(wishes.bind_to)
    except OSError:
        made.close()
        raise
    return made


def timeval(milliseconds: int) -> bytes:
    """struct timeval, as SO_SNDTIMEO takes it; zero means no limit."""
    return struct.pack("ll", milliseconds // 1000, milliseconds % 1000 * 1000)


def written(address: Any) -> str:
    """`10.0.0.1:40000`, `[fd00::1]:40000`."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
