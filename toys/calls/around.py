"""Calls on no socket: names, time, signals, network devices."""

from __future__ import annotations

import fcntl
import select
import signal
import socket
import struct

from toys.calls.desk import Desk
from toys.calls.sockets import FAMILIES

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
"""Of linux/sockios.h and net/if.h, for netdevice(7)."""


def resolve(desk: Desk, name: str, family: str = "any") -> str:
    kind = FAMILIES.get(family, socket.AF_UNSPEC)
    found = socket.getaddrinfo(name, 0, kind, socket.SOCK_STREAM)
    return " ".join(dict.fromkeys(str(address[0]) for *_, address in found))


def pause(desk: Desk, timeout_ms: str) -> None:
    select.poll().poll(int(timeout_ms))


def alarm(desk: Desk, timeout_ms: str) -> None:
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, int(timeout_ms) / 1000)


def link(desk: Desk, device: str, state: str) -> None:
    """As netdevice(7) has it; asked of a socket of its own, which is closed again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        name, flags = struct.unpack("16sh", fcntl.ioctl(asker, SIOCGIFFLAGS, struct.pack("16sh", device.encode(), 0)))
        flags = flags | IFF_UP if state == "up" else flags & ~IFF_UP
        fcntl.ioctl(asker, SIOCSIFFLAGS, struct.pack("16sh", name, flags))
