"""Sends written rtnetlink requests to the kernel, and hears what became of them.

netlink(7): one datagram may hold many requests; the kernel obeys them in order within send(2) and goes on after a
failure, so the first refusal in the answers is the one that matters. It tells every refusal, and that all is well only
who asks for it: the last request does.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Self

from netns.errors import GroundError

_HEADER = struct.Struct("=IHHII")
_ERROR = struct.Struct("=i")
_LINK = struct.Struct("=BBHiII")
_ATTRIBUTE = struct.Struct("=HH")

_NLMSG_ERROR = 2
_RTM_NEWLINK = 16
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_HAS_ATTRIBUTES = 0x200
_MESSAGE_ATTRIBUTE = 1
_LARGEST_ANSWER = 1 << 15
PATIENCE = struct.pack("@ll", 5, 0)
"""The answers wait already when send(2) returns; five seconds is for a kernel that lost one."""

IFF_UP, IFF_RUNNING, IFF_LOWER_UP = 1 << 0, 1 << 6, 1 << 16


class Rtnetlink:
    """Speaks for the network namespace in which it was made, wherever the caller stands by then."""

    def __init__(self) -> None:
        self._kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        for option in (_CAP_ACK, _EXT_ACK):
            self._kernel.setsockopt(_SOL_NETLINK, option, 1)
        self._kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._kernel.close()

    def obey(self, data: bytes, asks: tuple[str, ...]) -> dict[int, int]:
        """Sends the requests `data`, one per word in `asks`; returns index and IFF_ flags of each link asked for.

        Raises GroundError that names the first request refused, with the kernel's own words if it has any.
        """
        links: dict[int, int] = {}
        if asks:
            self._kernel.send(data)
            while _take(self._heard(), asks, links) < len(asks):
                pass
        return links

    def _heard(self) -> bytes:
        try:
            return self._kernel.recv(_LARGEST_ANSWER)
        except OSError as error:
            raise GroundError(f"rtnetlink does not answer: {error}") from error


def _take(answer: bytes, asks: tuple[str, ...], links: dict[int, int]) -> int:
    """Reads one datagram of answers; returns the number of the last request that it answers, from 1."""
    offset = number = 0
    while offset < len(answer):
        length, kind, flags, number, _ = _HEADER.unpack_from(answer, offset)
        payload = answer[offset + _HEADER.size : offset + length]
        if kind == _NLMSG_ERROR:
            _raise_refusal(payload, flags, asks[number - 1])
        elif kind == _RTM_NEWLINK:
            _, _, _, index, link_flags, _ = _LINK.unpack_from(payload)
            links[index] = link_flags
        offset += (length + 3) & ~3
    return number


def _raise_refusal(payload: bytes, flags: int, ask: str) -> None:
    number = -_ERROR.unpack_from(payload)[0]
    if number:
        words = _kernels_words(payload[_ERROR.size + _HEADER.size :]) if flags & _HAS_ATTRIBUTES else ""
        raise GroundError(f"the kernel refuses {ask}: {os.strerror(number)}{words}", _remedy(number))


def _kernels_words(attributes: bytes) -> str:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, offset)
        if kind == _MESSAGE_ATTRIBUTE:
            text = attributes[offset + _ATTRIBUTE.size : offset + length].rstrip(b"\0").decode(errors="replace")
            return f" ({text})"
        offset += max(_ATTRIBUTE.size, (length + 3) & ~3)
    return ""


def _remedy(number: int) -> str:
    return "load the kernel module `veth`: sudo modprobe veth" if os.strerror(number) == os.strerror(95) else ""
