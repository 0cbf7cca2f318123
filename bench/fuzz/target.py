"""What a path is to the fuzzer: a grammar, the folders whose lines count, and a program that takes one input."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from bench.fuzz.case import Case
from bench.fuzz.mutation import Grammar
from toys.loop import Loop

PATIENCE_S = 8.0
"""Far more than anything here takes that does not hang."""
RESET = struct.pack("ii", 1, 0)
"""struct linger, on and 0 seconds: close() sends RST (socket(7), SO_LINGER)."""


class Trouble(Exception):
    """What must not happen whatever is sent; the text says what did."""


class Target(Protocol):
    """Made anew for each batch of inputs."""

    def run(self, case: Case) -> None:
        """Trouble, or whatever the program itself raises."""

    def check(self) -> None:
        """After a batch: it still does what it is for, and nothing is left of the others. Trouble if not."""

    def close(self) -> None: ...


class Path(NamedTuple):
    grammar: Grammar
    make: Callable[[int], Target]
    """`make(n)` is for the nth batch, so that pollers and kinds can take turns."""
    folders: tuple[str, ...]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def live_timers(loop: Loop) -> int:
    """How many timers of the loop are set."""
    return sum(entry[2].due is not None for entry in loop._timers._heap)


def turn(loop: Loop) -> None:
    """One turn that does not wait."""
    loop.soon(_nothing)
    loop.turn()


def until(loop: Loop, reached: Callable[[], bool], what: str) -> None:
    """Turns the loop until something is so."""
    guard = loop.after(PATIENCE_S, _nothing)
    while not reached():
        if not guard.is_set:
            raise Trouble(f"in {PATIENCE_S} s it never came to this: {what}")
        loop.turn()
    guard.cancel()


def send(sock: socket.socket, data: bytes) -> bytes:
    """What the kernel does not take; of a connection that is over, nothing is left to send."""
    with suppress(BlockingIOError):
        while data:
            try:
                data = data[sock.send(data, socket.MSG_NOSIGNAL) :]
            except ConnectionError:
                return b""
    return data


def drain(sock: socket.socket) -> bytes:
    """All that has come by now; a reset is an end."""
    data = b""
    with suppress(BlockingIOError, ConnectionError):
        while piece := sock.recv(1 << 16, socket.MSG_DONTWAIT):
            data += piece
    return data


def end(sock: socket.socket, ending: str) -> None:
    """As the case wants it; `fin` leaves the socket open for reading."""
    with suppress(OSError):
        if ending == "fin":
            sock.shutdown(socket.SHUT_WR)
            return
        if ending == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def _nothing() -> None:
    """Wakes the loop."""
