"""Sockets of the lab that live on a host, and the words for what poll(2) says of them.

A socket belongs for ever to the network namespace in which it was made; so the lab's one process steps into the host's
namespace for the length of one socket(2), and afterwards handles all hosts' sockets in one loop.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
ANYWHERE = {"ipv4": "0.0.0.0", "ipv6": "::"}

BITS = {
    "IN": select.POLLIN,
    "PRI": select.POLLPRI,
    "OUT": select.POLLOUT,
    "ERR": select.POLLERR,
    "HUP": select.POLLHUP,
    "RDHUP": select.POLLRDHUP,
}
BAD = select.POLLERR | select.POLLHUP


class Handle(Protocol):
    """What is needed of a host: the descriptor of its network namespace."""

    @property
    def net_fd(self) -> int: ...


class Hosts(Protocol):
    """What is needed of the ground: its hosts by name."""

    @property
    def hosts(self) -> Mapping[str, Handle]: ...


Opener = Callable[[Hosts, str, socket.AddressFamily, socket.SocketKind], socket.socket]


def open_on(ground: Hosts, host: str, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    """A fresh socket in the namespace of host `host`."""
    from netns.sandbox import inside

    with inside(ground.hosts[host].net_fd):
        return socket.socket(family, kind)


def open_bound(
    opener: Opener, ground: Hosts, host: str, family: str, kind: socket.SocketKind, port: int
) -> socket.socket:
    """A non-blocking socket on every address of the host's one family; port 0 lets the kernel choose.

    Bound to the wildcard, because a fresh IPv6 address cannot be bound to until its duplicate detection is over.
    """
    opened = opener(ground, host, FAMILIES[family], kind)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == "ipv6":
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.bind((ANYWHERE[family], port))
    return opened


def mask_text(mask: int) -> str:
    """poll's bits by name: `IN|OUT`, `0` for none."""
    return "|".join(name for name, bit in BITS.items() if mask & bit) or "0"


def address_text(address: Any) -> str:
    """A socket address as the traces write it: `10.0.0.1:40000`, `[fd00::1]:40000`."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
