"""What the hosts' kernels say: the state of every TCP socket, asked at each step, and counters before and after.

States come by sock_diag(7): one dump of all TCP sockets of a host's address family, over a netlink socket that was opened
in the host's namespace and is kept. A socket that was not there before comes from CLOSE, one that is gone went there.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

from netns.log import Entry, Rose, SocketIs
from netns.sandbox import inside

STATES = (
    "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
    "LISTEN", "CLOSING", "SYN_RECV",
)  # fmt: skip
"""include/net/tcp_states.h by number; the last is TCP_NEW_SYN_RECV, which no user can tell from SYN_RECV."""

COUNTERS = frozenset({
    "TcpExtLockDroppedIcmps", "TcpExtListenOverflows", "TcpExtListenDrops", "TcpExtTCPTimeouts", "TcpExtTCPSynRetrans",
    "TcpExtTCPAbortOnTimeout", "TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies", "TcpExtEmbryonicRsts",
    "TcpAttemptFails", "TcpEstabResets", "TcpOutRsts", "TcpRetransSegs",
})  # fmt: skip
"""Which counters of /proc/net/netstat and /proc/net/snmp are of interest, with the name of their group before them."""

_SOCK_DIAG_BY_FAMILY, _DUMP, _DONE, _ERROR = 20, 0x301, 3, 2
_FAMILIES = {"ipv4": (socket.AF_INET, 4), "ipv6": (socket.AF_INET6, 16)}
_ALL_STATES = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_PORTS = struct.Struct("!HH")
_ROOM = 1 << 18
_FAR = 56 - 8
"""inet_diag_req_v2 is 56 bytes: five fields in eight bytes, and an id that a dump does not ask for."""

Socket = tuple[str, str]


class StateWatch:
    """Samples the TCP sockets of every host of a ground; `log` has each change seen."""

    def __init__(self, ground: Any) -> None:
        self.log: list[Entry] = []
        family, self._size = _FAMILIES[ground.family]
        self._family = family
        self._ask = _HEADER.pack(72, _SOCK_DIAG_BY_FAMILY, _DUMP, 1, 0)
        self._ask += _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, _ALL_STATES) + bytes(_FAR)
        self._hosts = {name: _open(host.net_fd) for name, host in ground.hosts.items()}
        self._known: dict[str, dict[bytes, int]] = {name: {} for name in self._hosts}

    def sample(self, now_ns: int) -> None:
        """Asks every host once; what changed since the last time is logged with `now_ns`."""
        for host, kernel in self._hosts.items():
            found = self._dump(kernel)
            known = self._known[host]
            if found != known:
                self._note(now_ns, host, known, found)
                self._known[host] = found

    def close(self) -> None:
        for kernel in self._hosts.values():
            kernel.close()

    def _dump(self, kernel: socket.socket) -> dict[bytes, int]:
        """The state of each socket by its addresses, as the kernel packs them."""
        kernel.send(self._ask)
        found: dict[bytes, int] = {}
        while True:
            data = kernel.recv(_ROOM)
            at = 0
            while at < len(data):
                length, kind, _, _, _ = _HEADER.unpack_from(data, at)
                if kind in (_DONE, _ERROR):
                    return found
                # inet_diag_msg: family, state, timer, retrans, then the id: ports, addresses, interface, cookie
                found[data[at + 20 : at + 56]] = data[at + 17]
                at += (length + 3) & ~3

    def _note(self, now_ns: int, host: str, known: Mapping[bytes, int], found: Mapping[bytes, int]) -> None:
        for key in sorted(known.keys() | found.keys(), key=lambda key: (key in found, key)):
            old, new = STATES[known.get(key, 7)], STATES[found.get(key, 7)]
            if old != new:
                self.log.append(SocketIs(now_ns, host, *self._addresses(key), old, new))

    def _addresses(self, key: bytes) -> Socket:
        near, far = _PORTS.unpack_from(key)
        return self._text(key[4 : 4 + self._size], near), self._text(key[20 : 20 + self._size], far)

    def _text(self, packed: bytes, port: int) -> str:
        address = socket.inet_ntop(self._family, packed)
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _open(net_fd: int) -> socket.socket:
    with inside(net_fd):
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 4)  # NETLINK_SOCK_DIAG


def counters(ground: Any) -> dict[tuple[str, str], int]:
    """Every counter of interest, by host and name."""
    read: dict[tuple[str, str], int] = {}
    for name, host in ground.hosts.items():
        with inside(host.net_fd):
            for table in ("netstat", "snmp"):
                read |= {(name, counter): value for counter, value in _table(table).items() if counter in COUNTERS}
    return read


def rose(before: Mapping[tuple[str, str], int], after: Mapping[tuple[str, str], int], now_ns: int | None = None) -> list[Rose]:
    """What is larger after than before."""
    at_ns = time.time_ns() if now_ns is None else now_ns
    changed = [(key, value - before.get(key, 0)) for key, value in after.items()]
    return [Rose(at_ns, host, counter, by) for (host, counter), by in changed if by > 0]


def _table(name: str) -> dict[str, int]:
    """/proc/net/netstat and snmp are pairs of lines: names, then values, each after the name of their group."""
    descriptor = os.open(f"/proc/thread-self/net/{name}", os.O_RDONLY)
    try:
        lines = os.read(descriptor, _ROOM).decode().splitlines()
    finally:
        os.close(descriptor)
    values: dict[str, int] = {}
    for names, figures in zip(lines[::2], lines[1::2], strict=True):
        group, *keys = names.split()
        values |= {group.removesuffix(":") + key: int(figure) for key, figure in zip(keys, figures.split()[1:], strict=True)}
    return values
