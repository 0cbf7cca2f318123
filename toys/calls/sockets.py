"""Calls on one socket: what opens it, connects it, carries bytes and closes it."""

from __future__ import annotations

import os
import socket
from typing import Any

from toys.calls.desk import Desk
from toys.calls.script import octets

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6, "unix": socket.AF_UNIX}
TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM, "mptcp": socket.SOCK_STREAM}
HOWS = {"RD": socket.SHUT_RD, "WR": socket.SHUT_WR, "RDWR": socket.SHUT_RDWR}
MPTCP = 262
"""IPPROTO_MPTCP, which Python's socket module does not name before 3.12."""
CHUNK = 65_536


def open_socket(desk: Desk, name: str, family: str, kind: str = "tcp", mode: str = "nonblocking") -> None:
    if kind == "blocking":
        kind, mode = "tcp", kind
    flags = TYPES[kind] | (socket.SOCK_NONBLOCK if mode == "nonblocking" else 0)
    made = socket.socket(FAMILIES[family], flags, MPTCP if kind == "mptcp" else 0)
    desk.sockets[name] = made


def bind(desk: Desk, name: str, host: str, port: str = "0") -> None:
    sock = desk.sockets[name]
    sock.bind(_address(sock, host, port))


def listen(desk: Desk, name: str, backlog: str) -> None:
    desk.sockets[name].listen(int(backlog))


def connect(desk: Desk, name: str, host: str, port: str = "0") -> None:
    sock = desk.sockets[name]
    sock.connect(_address(sock, host, port))


def accept(desk: Desk, name: str, new: str) -> str:
    sock, address = desk.sockets[name].accept()
    sock.setblocking(False)
    desk.sockets[new] = sock
    return str(address[0]) if isinstance(address, tuple) else "0"


def getpeername(desk: Desk, name: str) -> str:
    return _written(desk.sockets[name].getpeername())


def getsockname(desk: Desk, name: str) -> str:
    return _written(desk.sockets[name].getsockname())


def send(desk: Desk, name: str, text: str) -> int:
    return desk.sockets[name].send(octets(text), socket.MSG_NOSIGNAL)


def write(desk: Desk, name: str, text: str) -> int:
    return os.write(desk.sockets[name].fileno(), octets(text))


def fill(desk: Desk, name: str, size: str) -> int:
    return desk.sockets[name].send(b"x" * int(size), socket.MSG_NOSIGNAL)


def recv(desk: Desk, name: str, size: str = "65536") -> str:
    data = desk.sockets[name].recv(int(size))
    return f"{len(data)} {data[:200]!r}" if data else "0 EOF"


def drain(desk: Desk, name: str) -> str:
    total = 0
    while data := desk.sockets[name].recv(CHUNK):
        total += len(data)
    return f"{total} EOF"


def shutdown(desk: Desk, name: str, how: str) -> None:
    desk.sockets[name].shutdown(HOWS[how])


def close(desk: Desk, name: str) -> None:
    desk.sockets.pop(name).close()


def duplicate(desk: Desk, name: str, new: str) -> None:
    desk.sockets[new] = desk.sockets[name].dup()


def _address(sock: socket.socket, host: str, port: str) -> Any:
    return octets(host) if sock.family == socket.AF_UNIX else (host, int(port))


def _written(address: Any) -> str:
    """An abstract name of unix(7) begins with a zero byte, which is written as strace does: @."""
    if isinstance(address, bytes):
        return address.replace(b"\0", b"@").decode()
    return f"{address[0]} {address[1]}" if isinstance(address, tuple) else address or "unnamed"
