"""What clients do that they should not: leave with RST, vanish without a word, take nothing, talk nonsense."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from random import Random

from bench.soak.load import Load

RESET = struct.pack("ii", 1, 0)
"""struct linger, on and 0 seconds: close() sends RST (socket(7), SO_LINGER)."""
TCP_REPAIR = 19
"""A socket in repair is closed without FIN and without RST, as if its host were gone. For root only (tcp(7))."""
MOST_SILENT = 12
_silent: deque[socket.socket] = deque()
_lock = threading.Lock()


def reset(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    close_raw(sock)


def vanish(sock: socket.socket) -> None:
    """Where that is not allowed, it stays and is silent."""
    try:
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except PermissionError:
        be_silent(sock)
    else:
        close_raw(sock)


def be_silent(sock: socket.socket) -> None:
    """Reads nothing and says nothing; the oldest of the silent ones is closed instead."""
    with _lock:
        _silent.append(sock)
        oldest = _silent.popleft() if len(_silent) > MOST_SILENT else None
    if oldest is not None:
        close_raw(oldest)


def let_go() -> None:
    """All silent ones are closed."""
    with _lock:
        while _silent:
            close_raw(_silent.popleft())


def close_raw(sock: socket.socket) -> None:
    """Without the goodbye of TLS."""
    socket.socket(fileno=sock.detach()).close()


def try_to_send(sock: socket.socket, data: bytes) -> None:
    """To somebody who may have had enough."""
    with suppress(OSError):
        sock.sendall(data)


def nonsense(load: Load, random: Random) -> None:
    """Bytes that are nothing, also in place of TLS; read to the end or left there."""
    with load.server.dial(raw=random.random() < 0.5) as sock:
        try_to_send(sock, random.randbytes(random.randint(1, 3000)))
        if random.random() < 0.5:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 16):
                    pass
