"""Several frames in one system call, with no place between two of them where the kernel gives the CPU away.

sendmmsg(2) has such a place, the cond_resched() in the loop of __sys_sendmmsg() in net/socket.c: on a busy machine a
program that the first frame woke runs before the second. A packet socket's ring of frames to transmit has none: see
packet(7), PACKET_TX_RING, Documentation/networking/packet_mmap.rst, and tpacket_snd() in net/packet/af_packet.c.
"""

from __future__ import annotations

import mmap
import socket
import struct
from collections.abc import Sequence

_SOL_PACKET, _VERSION, _TX_RING, _TPACKET_V2 = 263, 10, 13, 1
_SEND_REQUEST, _WRONG_FORMAT = 1, 4
_SLOT_BYTES, _SLOTS = 2048, 16
_RING = struct.pack("=IIII", mmap.PAGESIZE, _SLOT_BYTES * _SLOTS // mmap.PAGESIZE, _SLOT_BYTES, _SLOTS)
"""struct tpacket_req: size and number of blocks, size and number of slots."""
_STATUS, _LENGTH = struct.Struct("=I"), struct.Struct("=I")
_HEAD_BYTES = 32
"""Of struct tpacket2_hdr, status and length first; the frame follows it."""
MOST = _SLOTS


class Burst:
    """Sends on the link of a packet socket. Its own socket hears nothing, and lives as long as the process."""

    def __init__(self, port: socket.socket) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V2)
        self._socket.setsockopt(_SOL_PACKET, _TX_RING, _RING)
        self._socket.bind((port.getsockname()[0], 0))
        self._ring = mmap.mmap(self._socket.fileno(), _SLOT_BYTES * _SLOTS)
        self._next = 0

    def send(self, frames: Sequence[bytes]) -> int:
        """How many of the frames were sent, at most `MOST`; OSError as of send(2), ENETDOWN for a link that is down."""
        slots = [(self._next + place) % _SLOTS * _SLOT_BYTES for place in range(len(frames))]
        for slot, frame in zip(slots, frames, strict=True):
            self._ring[slot + _HEAD_BYTES : slot + _HEAD_BYTES + len(frame)] = frame
            _LENGTH.pack_into(self._ring, slot + _STATUS.size, len(frame))
            _STATUS.pack_into(self._ring, slot, _SEND_REQUEST)
        self._socket.send(b"", socket.MSG_DONTWAIT)
        self._next = (self._next + len(frames)) % _SLOTS
        return sum(_STATUS.unpack_from(self._ring, slot)[0] not in (_SEND_REQUEST, _WRONG_FORMAT) for slot in slots)

    def close(self) -> None:
        self._ring.close()
        self._socket.close()
