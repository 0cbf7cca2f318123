"""The process that makes the labs' packets: it has scapy in memory, so that no lab needs it.

One for a whole run. A slot asks it for a connection before its first case with made-up packets; by the answer scapy is
there, so nobody waits for its import within a case. The slot's labs inherit the connection, and use it one at a time.
"""

from __future__ import annotations

import pickle
import select
import socket
from typing import Any, NamedTuple

from netns import packetsmith
from netns.errors import GroundError

LARGEST = 64 * 1024
"""More than a frame and what it is made from."""


class Refusal(NamedTuple):
    """Instead of a packet: what was asked for cannot be (the asker's fault), or the making of it failed."""

    reason: str
    is_the_askers: bool


def serve(door: socket.socket) -> None:
    """Makes what is asked for on any connection that came through the door, until the door's other ends are gone."""
    known = {door.fileno(): door}
    poller = select.poll()
    poller.register(door.fileno(), select.POLLIN)
    while True:
        for descriptor, _ in poller.poll():
            if descriptor == door.fileno():
                came = _admitted(door)
                if came is None:
                    return
                known[came.fileno()] = came
                poller.register(came.fileno(), select.POLLIN)
            elif not _answered(known[descriptor]):
                poller.unregister(descriptor)
                known.pop(descriptor).close()


def connect(door: socket.socket) -> Smith:
    """A connection of one's own; returns when the other end is ready to work. GroundError if it is gone."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with theirs:
            socket.send_fds(door, [b"."], [theirs.fileno()])
        ready = ours.recv(1)
    except OSError as error:
        ours.close()
        raise _gone() from error
    if not ready:
        ours.close()
        raise _gone()
    return Smith(ours)


class Smith:
    """Called as `netns.packetsmith.make` is, and says the same."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def __call__(self, name: str, *arguments: Any) -> bytes:
        try:
            self._end.send(pickle.dumps((name, arguments)))
            answered = self._end.recv(LARGEST)
        except OSError as error:
            raise _gone() from error
        if not answered:
            raise _gone()
        made: bytes | Refusal = pickle.loads(answered)
        if isinstance(made, Refusal):
            raise ValueError(made.reason) if made.is_the_askers else RuntimeError(made.reason)
        return made

    def close(self) -> None:
        self._end.close()


def _admitted(door: socket.socket) -> socket.socket | None:
    _, descriptors, _, _ = socket.recv_fds(door, 1, 1)
    if not descriptors:
        return None
    packetsmith.preload()
    came = socket.socket(fileno=descriptors[0])
    came.send(b".")
    return came


def _answered(end: socket.socket) -> bool:
    """False if nobody asks any more."""
    try:
        asked = end.recv(LARGEST)
        if not asked:
            return False
        end.send(pickle.dumps(_made(*pickle.loads(asked))))
    except ConnectionError:
        return False
    return True


def _made(name: str, arguments: tuple[Any, ...]) -> bytes | Refusal:
    try:
        return packetsmith.make(name, *arguments)
    except ValueError as error:
        return Refusal(str(error), is_the_askers=True)
    except Exception as error:  # others still want their packets made
        return Refusal(f"{type(error).__name__}: {error}", is_the_askers=False)


def _gone() -> GroundError:
    return GroundError("the process that makes packets up is gone", "run `toylab doctor`; scapy may not be installed")
