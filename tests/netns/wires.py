"""A wire whose ports are the ends of socket pairs, and the frames that go over it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from netns.log import Sighting
from netns.plan import Host, Plan, Rule
from netns.wire import Wire

BROADCAST = "ff:ff:ff:ff:ff:ff"
NAMES = ("client", "server", "dns", "dead")


def mac(name: str) -> str:
    return f"02:00:00:00:00:0{NAMES.index(name) + 1}"


def address(name: str) -> str:
    return f"10.0.0.{NAMES.index(name) + 1}"


def packet(sender: str, receiver: str, above: Packet) -> bytes:
    ether = Ether(src=mac(sender), dst=mac(receiver))
    return bytes(ether / IP(src=address(sender), dst=address(receiver)) / above)


SYN = packet("client", "server", TCP(dport=9, flags="S"))
SYN_ACK = packet("server", "client", TCP(sport=9, flags="SA"))
WHO_HAS_SERVER = bytes(Ether(src=mac("client"), dst=BROADCAST) / ARP(psrc="10.0.0.1", pdst="10.0.0.2"))
WHO_HAS_DEAD = bytes(Ether(src=mac("client"), dst=BROADCAST) / ARP(psrc="10.0.0.1", pdst="10.0.0.4"))


class Acts:
    """Notes how many frames go in one act, and sends them; the ends of a socketpair have no ring."""

    def __init__(self, noted: list[int], port: socket.socket) -> None:
        self._noted = noted
        self._port = port

    def send(self, frames: Sequence[bytes]) -> int:
        self._noted.append(len(frames))
        return sum(self._port.send(raw) > 0 for raw in frames)


@dataclass
class Bench:
    """A wire with the hosts' ends of its ports in our hands; the host `dead` has no port."""

    wire: Wire
    ends: dict[str, socket.socket]
    ports: dict[str, socket.socket] = field(default_factory=dict)
    acts: list[int] = field(default_factory=list)
    """How many frames went in each act of several."""

    def send(self, name: str, *frames: bytes) -> None:
        for raw in frames:
            self.ends[name].send(raw)

    def step(self, now_ns: int = 0) -> bool:
        """One round of the lab's loop: whatever came is seen, and at most one frame is handed over."""
        now_ns = now_ns or time.time_ns()
        return self.wire.act(self.wire.wants(), now_ns) or self.wire.act_late(now_ns)

    def run(self) -> None:
        while self.step():
            pass

    def got(self, name: str) -> list[bytes]:
        frames = []
        while True:
            try:
                frames.append(self.ends[name].recv(2000, socket.MSG_DONTWAIT))
            except BlockingIOError:
                return frames

    def story(self) -> list[str]:
        return [_line(entry) for entry in self.wire.log if isinstance(entry, Sighting)]


def _line(entry: Sighting) -> str:
    """`client > server 1`, `client >> server 1`, `client x server 1 cut`."""
    arrow = {"sent": ">", "arrived": ">>", "dropped": "x"}[entry.phase]
    return " ".join((entry.sender, arrow, entry.receiver, str(entry.frame), *entry.tags))


Setter = Callable[..., Bench]


@contextmanager
def benches() -> Iterator[Setter]:
    """Sets benches up with the rules that a test asks for, and closes all their sockets."""
    sockets: list[socket.socket] = []

    def set_up(*rules: Rule) -> Bench:
        ends, ports, hosts = {}, {}, {}
        for name in NAMES[:-1]:
            ends[name], ports[name] = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for name in NAMES:
            addresses = {"ipv4": address(name), "ipv6": f"fd00::{NAMES.index(name) + 1}"}
            hosts[name] = SimpleNamespace(mac=mac(name), addresses=addresses, port_fd=ports.get(name))
        sockets.extend((*ends.values(), *ports.values()))
        plan = Plan(hosts=tuple(Host(name=name, answers=name != "dead") for name in NAMES), rules=rules)
        acts: list[int] = []
        return Bench(Wire(plan, SimpleNamespace(hosts=hosts), partial(Acts, acts)), ends, ports, acts)

    try:
        yield set_up
    finally:
        for one in sockets:
            one.close()
