"""Calls about a socket's options, and its queue of errors."""

from __future__ import annotations

import errno
import socket
import struct

from toys.calls.desk import Desk

LEVELS = {"SO": socket.SOL_SOCKET, "TCP": socket.IPPROTO_TCP, "IP": socket.IPPROTO_IP, "IPV6": socket.IPPROTO_IPV6}
RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR, ip(7) and ipv6(7): without them no error queue is kept."""
CHUNK = 65_536


def getsockopt(desk: Desk, name: str, option: str) -> str:
    value = desk.sockets[name].getsockopt(*_option(option))
    return errno.errorcode.get(value, "0") if option == "SO_ERROR" else str(value)


def setsockopt(desk: Desk, name: str, option: str, value: str) -> None:
    desk.sockets[name].setsockopt(*_option(option), int(value))


def linger(desk: Desk, name: str, seconds: str) -> None:
    desk.sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, int(seconds)))


def patience(desk: Desk, name: str, option: str, timeout_ms: str) -> None:
    seconds, rest_ms = divmod(int(timeout_ms), 1000)
    desk.sockets[name].setsockopt(*_option(option), struct.pack("ll", seconds, rest_ms * 1000))


def recverr(desk: Desk, name: str) -> None:
    sock = desk.sockets[name]
    sock.setsockopt(*RECVERR[sock.family], 1)


def errqueue(desk: Desk, name: str) -> str:
    _, _, flags, _ = desk.sockets[name].recvmsg(CHUNK, CHUNK, socket.MSG_ERRQUEUE)
    return "an error" if flags & socket.MSG_ERRQUEUE else "nothing"


def _option(name: str) -> tuple[int, int]:
    return LEVELS[name.partition("_")[0]], int(getattr(socket, name))
