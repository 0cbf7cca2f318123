"""The least ground: two hosts and a link between them, up and gone again, by written netlink requests.

It tells machines apart: what the kernel takes for namespaces and links is a large part of every case, and of two
machines with the same kernel and as many cores one took four times as long as the other.
"""

from __future__ import annotations

import os
import socket
import struct
import time

from netns import rtnetlink, sandbox

REQUEST, ACK, CREATE, EXCLUSIVE = 0x1, 0x4, 0x400, 0x200
NEW_LINK, NEW_ADDRESS = 16, 20
IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 3, 18, 28
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFA_ADDRESS, IFA_LOCAL = 1, 2
LOOPBACK, FIRST = 1, 2
"""The indices of links in a new namespace; rtnetlink(7) and veth(4) have the requests."""


def milliseconds(times: int) -> list[float]:
    """The cost of each, from the fork of the process that makes it to the news of its end. Each has a process."""
    read, write = os.pipe()
    pid = sandbox.spawn(lambda: _measure(times, write))
    os.close(write)
    with os.fdopen(read, "rb") as told:
        took = [one for (one,) in struct.iter_unpack("d", told.read())]
    if os.waitpid(pid, 0)[1] or len(took) != times:
        raise RuntimeError("the least ground could not be built")
    return took


def _measure(times: int, write: int) -> int:
    for _ in range(times):
        begun = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            _build()
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            return 1
        os.write(write, struct.pack("d", (time.perf_counter() - begun) * 1e3))
    return 0


def _build() -> None:
    first, second = sandbox.new_net(), sandbox.new_net()
    with sandbox.inside(second):
        _obey((NEW_LINK, CREATE | EXCLUSIVE, _veth("a0", "b0", first)))
    for net, address in ((first, "10.0.0.1"), (second, "10.0.0.2")):
        ups = ((NEW_LINK, 0, _link(index, flags=rtnetlink.IFF_UP)) for index in (LOOPBACK, FIRST))
        with sandbox.inside(net):
            _obey(*ups, (NEW_ADDRESS, CREATE, _address(address)))


def _obey(*requests: tuple[int, int, bytes]) -> None:
    """Each a kind, its flags and its body; they are numbered from 1."""
    asks = tuple(f"request {number} of kind {kind}" for number, (kind, _, _) in enumerate(requests, 1))
    data = b"".join(_request(number, *request) for number, request in enumerate(requests, 1))
    with rtnetlink.Rtnetlink() as kernel:
        kernel.obey(data, asks)


def _veth(name: str, peer: str, where: int) -> bytes:
    """One end here, and its peer in the namespace of that descriptor."""
    beyond = _link() + _attribute(IFLA_IFNAME, peer.encode()) + _attribute(IFLA_NET_NS_FD, struct.pack("I", where))
    kind = _attribute(IFLA_INFO_KIND, b"veth") + _attribute(IFLA_INFO_DATA, _attribute(VETH_INFO_PEER, beyond))
    return _link() + _attribute(IFLA_IFNAME, name.encode()) + _attribute(IFLA_LINKINFO, kind)


def _link(index: int = 0, flags: int = 0) -> bytes:
    return struct.pack("BxHiII", socket.AF_UNSPEC, 0, index, flags, flags)


def _address(text: str) -> bytes:
    octets = socket.inet_aton(text)
    head = struct.pack("BBBBI", socket.AF_INET, 24, 0, 0, FIRST)
    return head + _attribute(IFA_LOCAL, octets) + _attribute(IFA_ADDRESS, octets)


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def _request(number: int, kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack("IHHII", 16 + len(body), kind, REQUEST | ACK | flags, number, 0) + body
