"""Packet sockets: the ends of lines where the lab hears and sends whole Ethernet frames, packet(7)."""

from __future__ import annotations

import socket
import struct

from netns.wire import SO_TIMESTAMPNS

EVERYTHING = 0x0003
"""ETH_P_ALL."""

_SOL_PACKET, _STATISTICS = 263, 6
_COUNTS = struct.Struct("=II")
_ROOM_BYTES = 1 << 22
"""The kernel grants at most net.core.rmem_max of it, some two hundred frames; enough where each is taken at once."""


def listen_on(link: str) -> socket.socket:
    """A packet socket on a link that is up, in the namespace that the caller stands in; stamps frames in nanoseconds.

    Opened for no protocol and bound afterwards, so that it never holds a frame of another link.
    """
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM_BYTES)
    opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    opened.bind((link, EVERYTHING))
    return opened


def lost_frames(opened: socket.socket) -> int:
    """How many frames found no room in the socket since this was asked last."""
    _, drops = _COUNTS.unpack(opened.getsockopt(_SOL_PACKET, _STATISTICS, _COUNTS.size))
    return int(drops)
