"""A door: whether a client that connects to an address would find somebody listening there.

The kernel is asked for that one socket by sock_diag(7), which looks it up as it would for a SYN: listeners on the
wildcard address and on both families count, and no table is walked.
"""

from __future__ import annotations

import errno
import socket
import struct

from netns.errors import GroundError
from netns.rtnetlink import PATIENCE
from netns.sandbox import inside
from netns.sockets import FAMILIES, Hosts

_SOCK_DIAG_BY_FAMILY, _REQUEST, _ERROR = 20, 1, 2
"""Of include/uapi/linux/sock_diag.h and netlink.h: without NLM_F_DUMP one socket is looked up."""
_NETLINK_SOCK_DIAG, _LISTEN = 4, 10
_ANY_STATE, _NO_COOKIE = 0xFFFF_FFFF, b"\xff" * 8
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBBxI")
"""inet_diag_req_v2 up to its inet_diag_sockid: family, protocol, extensions, states."""
_PORTS = struct.Struct("!HH")
_ANYBODY = 1
"""A source port that nobody connects from, so that no connection is found in place of the listener."""
_ROOM = 4096


class Door:
    """Asked with `is_open` as often as one likes: it takes the kernel some microseconds."""

    def __init__(self, ground: Hosts, host: str, address: str, port: int) -> None:
        family = FAMILIES["ipv6" if ":" in address else "ipv4"]
        here = socket.inet_pton(family, address).ljust(16, b"\0")
        there = bytes(16)
        asked = _ASKED.pack(family, socket.IPPROTO_TCP, 0, _ANY_STATE)
        asked += _PORTS.pack(port, _ANYBODY) + here + there + bytes(4) + _NO_COOKIE
        self._ask = _HEADER.pack(_HEADER.size + len(asked), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0) + asked
        with inside(ground.hosts[host].net_fd):
            self._kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        self._kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)

    def is_open(self) -> bool:
        """Raises GroundError if the kernel does not answer such a question."""
        self._kernel.send(self._ask)
        data = self._kernel.recv(_ROOM)
        _, kind, *_ = _HEADER.unpack_from(data)
        if kind == _ERROR:
            return self._refused(-struct.unpack_from("=i", data, _HEADER.size)[0])
        return data[_HEADER.size + 1] == _LISTEN

    @staticmethod
    def _refused(number: int) -> bool:
        """ENOENT says that there is no such socket."""
        if number != errno.ENOENT:
            raise GroundError("sock_diag does not look a socket up", "load the kernel module `tcp_diag`")
        return False

    def close(self) -> None:
        self._kernel.close()
