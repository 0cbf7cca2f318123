"""What the hosts' kernels say: the state of every TCP socket, asked at each step, and the counters that rose.

States come by sock_diag(7): one dump of all TCP sockets of a host, over a netlink socket that was opened in the host's
namespace and is kept. A socket that was not there before comes from CLOSE, one that is gone went there.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping
from functools import cache

from netns.errors import GroundError
from netns.log import Entry, Rose, SocketIs
from netns.rtnetlink import PATIENCE
from netns.sandbox import inside
from netns.sockets import Hosts as Grounded

STATES = (
    "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
    "LISTEN", "CLOSING", "SYN_RECV",
)  # fmt: skip
"""include/net/tcp_states.h by number; the last is TCP_NEW_SYN_RECV, which no user can tell from SYN_RECV."""

COUNTERS = frozenset({
    "TcpExtLockDroppedIcmps", "TcpExtOutOfWindowIcmps", "TcpExtListenOverflows", "TcpExtListenDrops",
    "TcpExtTCPTimeouts", "TcpExtTCPSynRetrans", "TcpExtTCPAbortOnTimeout", "TcpExtTCPReqQFullDrop",
    "TcpExtTCPReqQFullDoCookies", "TcpExtEmbryonicRsts", "TcpAttemptFails", "TcpEstabResets", "TcpOutRsts",
    "TcpRetransSegs",
})  # fmt: skip
"""Which counters of /proc/net/netstat and /proc/net/snmp are of interest, with the name of their group before them."""

TABLES = ("netstat", "snmp")

_GET_TCP_SOCKETS, _DUMP, _ERROR, _DONE = 18, 0x301, 2, 3
"""The first of these is TCPDIAG_GETSOCK of include/uapi/linux/inet_diag.h: unlike its successor it tells of both
address families in one dump, also of IPv6 sockets with IPv4 addresses in them.
"""

_CLOSE, _LISTEN, _LAST_STATE = 7, 10, 11
_WATCHED_STATES = (2 << _LAST_STATE) - 1 & ~(1 << _LISTEN)
"""Not listeners: their table is shared by all namespaces, and walking it takes six times as long as all the rest. Not
sockets that are only bound: fifty times as long."""

_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=4x48xII")
_PORTS = struct.Struct("!HH")
_ROOM = 1 << 15
"""The kernel sends a dump in parts of at most this size, and a larger buffer would be mapped anew each time."""
_NETLINK_SOCK_DIAG = 4

Key = bytes
"""Family, ports, addresses and cookie of a socket as inet_diag_msg has them; by the cookie a socket is not its heir."""


class StateWatch:
    """Samples the TCP sockets of every host of a ground; `log` has each change seen.

    Listeners are not seen. Samples can miss a state that came and went between two of them.
    """

    def __init__(self, ground: Grounded) -> None:
        self.log: list[Entry] = []
        request = _REQUEST.pack(_WATCHED_STATES, 0)
        self._ask = _HEADER.pack(_HEADER.size + len(request), _GET_TCP_SOCKETS, _DUMP, 1, 0) + request
        self._hosts = {name: _open(host.net_fd) for name, host in ground.hosts.items()}
        self._known: dict[str, dict[Key, int]] = {name: {} for name in self._hosts}

    def sample(self, now_ns: int) -> None:
        """Asks every host once; what changed since the last time is logged with `now_ns`. Raises GroundError."""
        for host, kernel in self._hosts.items():
            found = self._dump(kernel)
            known = self._known[host]
            if found != known:
                self._note(now_ns, host, known, found)
                self._known[host] = found

    def close(self) -> None:
        for kernel in self._hosts.values():
            kernel.close()

    def _dump(self, kernel: socket.socket) -> dict[Key, int]:
        kernel.send(self._ask)
        found: dict[Key, int] = {}
        while True:
            data = kernel.recv(_ROOM)
            at = 0
            while at < len(data):
                length, kind, _, _, _ = _HEADER.unpack_from(data, at)
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    raise GroundError("sock_diag does not tell the TCP sockets", "load the kernel module `tcp_diag`")
                # inet_diag_msg: family, state, timer, retrans; then ports, addresses, interface, cookie
                found[data[at + 16 : at + 17] + data[at + 20 : at + 56] + data[at + 60 : at + 68]] = data[at + 17]
                at += (length + 3) & ~3

    def _note(self, now_ns: int, host: str, known: Mapping[Key, int], found: Mapping[Key, int]) -> None:
        """Sockets that are gone come first: their addresses may be another's already. Then states tell the order, then
        the other end's port; the own one may be the kernel's choice, and random."""
        keys = {*known, *found}
        changes = [(key in found, known.get(key, _CLOSE), found.get(key, _CLOSE), key[3:5], key) for key in keys]
        for _, old, new, _, key in sorted(changes):
            if old != new:
                self.log.append(SocketIs(now_ns, host, *_addresses(key), STATES[old], STATES[new]))


def _addresses(key: Key) -> tuple[str, str]:
    near, far = _PORTS.unpack_from(key, 1)
    return _text(key[0], key[5:21], near), _text(key[0], key[21:37], far)


def _text(family: int, packed: bytes, port: int) -> str:
    if family == socket.AF_INET:
        return f"{socket.inet_ntop(family, packed[:4])}:{port}"
    return f"[{socket.inet_ntop(family, packed)}]:{port}"


def _open(net_fd: int) -> socket.socket:
    with inside(net_fd):
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)
    return opened


def preload() -> None:
    """Learns where the counters stand, in a process that will fork those who read them."""
    for table in TABLES:
        _table(table)


def rose(ground: Grounded, now_ns: int) -> list[Rose]:
    """Every counter of interest that is not zero any more, as it was when the host's network was new."""
    log = []
    for name, host in ground.hosts.items():
        with inside(host.net_fd):
            counts = [count for table in TABLES for count in _table(table).items()]
        log += [Rose(now_ns, name, counter, by) for counter, by in counts if by]
    return log


def _table(name: str) -> dict[str, int]:
    """/proc/net/netstat and snmp are pairs of lines: names, then values, each after the name of their group."""
    descriptor = os.open(f"/proc/thread-self/net/{name}", os.O_RDONLY)
    try:
        lines = os.read(descriptor, _ROOM).splitlines()
    finally:
        os.close(descriptor)
    values: dict[str, int] = {}
    for names, figures in zip(lines[::2], lines[1::2], strict=True):
        numbers = figures.split()
        values |= {counter: int(numbers[place]) for place, counter in _places(names)}
    return values


@cache
def _places(names: bytes) -> tuple[tuple[int, str], ...]:
    """Where the counters of interest stand in a line with these names; the kernel never changes them."""
    group, *keys = names.decode().split()
    full = [group.removesuffix(":") + key for key in keys]
    return tuple((place, counter) for place, counter in enumerate(full, 1) if counter in COUNTERS)
