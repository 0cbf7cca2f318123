"""A cable between two hosts, as the lab hears it: a listening end on the second host, and the log of what crossed.

A veth pair hands a frame over within the sender's system call, so that it arrives when it is sent: each frame is logged
as both, at the one instant at which the second host's end saw it.
"""

from __future__ import annotations

import socket
from typing import NamedTuple

from netns.frames import dissect, is_noise
from netns.log import Entry, Sighting
from netns.wire import LARGEST_FRAME, PACKET_OUTGOING, stamp_of


class _Heard(NamedTuple):
    at_ns: int
    raw: bytes
    sender: str
    receiver: str


class CableHandle:
    """The cable `name` (`cable1`) between two hosts; `log` has its frames as far as `observe` took them in."""

    def __init__(self, name: str, between: tuple[str, str], opened: socket.socket) -> None:
        self.name = name
        self.between = between
        self.socket = opened
        self.log: list[Entry] = []
        self._frames = 0

    def observe(self) -> int:
        """Takes in what crossed since the last time; returns how many frames were no noise."""
        before = self._frames
        while heard := self._next():
            if not is_noise(dissect(heard.raw)):
                self._note(heard)
        return self._frames - before

    def _next(self) -> _Heard | None:
        try:
            raw, control, _, address = self.socket.recvmsg(LARGEST_FRAME, 64, socket.MSG_DONTWAIT)
        except OSError:  # nothing more waits, or the link went down
            return None
        first, second = self.between
        ends = (second, first) if address[2] == PACKET_OUTGOING else (first, second)
        return _Heard(stamp_of(control), raw, *ends)

    def _note(self, heard: _Heard) -> None:
        self._frames += 1
        for phase in ("sent", "arrived"):
            self.log.append(
                Sighting(heard.at_ns, phase, self._frames, heard.sender, heard.receiver, heard.raw, self.name)
            )
