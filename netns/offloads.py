"""Switches off what a link would do in place of its host: checksums, and segments larger than the wire.

A frame of a veth carries no checksum unless its end must compute one; relayed by the lab, the receiver's kernel would
drop it in silence. And what the lab hears should be the segments that a real wire would carry.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct

from netns.errors import GroundError

_SIOCETHTOOL = 0x8946
_REQUEST = struct.Struct("16sP16x")
_SWITCHES = {
    "transmit checksums": 0x17,
    "TCP segmentation": 0x1F,
    "generic segmentation": 0x24,
    "generic receive": 0x2C,
}
"""ETHTOOL_S numbers of include/uapi/linux/ethtool.h."""


def switch_off(*links: str) -> None:
    """Switches all of it off on links of the namespace that the caller stands in. Raises GroundError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for link in links:
            for name, number in _SWITCHES.items():
                _switch_off(any_socket, link, name, number)


def _switch_off(any_socket: socket.socket, link: str, name: str, number: int) -> None:
    value = array.array("I", [number, 0])
    try:
        fcntl.ioctl(any_socket, _SIOCETHTOOL, _REQUEST.pack(link.encode(), value.buffer_info()[0]))
    except OSError as error:
        raise GroundError(f"cannot switch off {name} offload on {link}: {error.strerror}") from error
