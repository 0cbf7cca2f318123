"""The wire carries every frame to whom it is meant for, one at a time; its ports here are the ends of socket pairs."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from select import POLLIN
from types import SimpleNamespace

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6ND_RS, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from netns.frames import dissect
from netns.log import Sighting
from netns.plan import Host, Match, Plan, Rule
from netns.relay import MS, Parcel
from netns.wire import Wire

BROADCAST = "ff:ff:ff:ff:ff:ff"
NAMES = ("client", "server", "dns", "dead")


def _mac(name: str) -> str:
    return f"02:00:00:00:00:0{NAMES.index(name) + 1}"


def _address(name: str) -> str:
    return f"10.0.0.{NAMES.index(name) + 1}"


def _packet(sender: str, receiver: str, above: Packet) -> bytes:
    ether = Ether(src=_mac(sender), dst=_mac(receiver))
    return bytes(ether / IP(src=_address(sender), dst=_address(receiver)) / above)


SYN = _packet("client", "server", TCP(dport=9, flags="S"))
SYN_ACK = _packet("server", "client", TCP(sport=9, flags="SA"))
WHO_HAS_SERVER = bytes(Ether(src=_mac("client"), dst=BROADCAST) / ARP(psrc="10.0.0.1", pdst="10.0.0.2"))
WHO_HAS_DEAD = bytes(Ether(src=_mac("client"), dst=BROADCAST) / ARP(psrc="10.0.0.1", pdst="10.0.0.4"))


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


@pytest.fixture
def bench() -> Iterator[Setter]:
    sockets: list[socket.socket] = []

    def set_up(*rules: Rule) -> Bench:
        ends, ports, hosts = {}, {}, {}
        for name in NAMES[:-1]:
            ends[name], ports[name] = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for name in NAMES:
            addresses = {"ipv4": _address(name), "ipv6": f"fd00::{NAMES.index(name) + 1}"}
            hosts[name] = SimpleNamespace(mac=_mac(name), addresses=addresses, port_fd=ports.get(name))
        sockets.extend((*ends.values(), *ports.values()))
        plan = Plan(hosts=tuple(Host(name=name, answers=name != "dead") for name in NAMES), rules=rules)
        acts: list[int] = []
        return Bench(Wire(plan, SimpleNamespace(hosts=hosts), partial(Acts, acts)), ends, ports, acts)

    yield set_up
    for one in sockets:
        one.close()


def test_a_frame_goes_to_its_receiver_alone_and_unchanged(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    lab.run()
    assert (lab.got("server"), lab.got("dns"), lab.got("client")) == ([SYN], [], [])
    assert lab.story() == ["client > server 1", "client >> server 1"]


def test_one_step_hands_over_one_frame(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN, SYN)
    assert lab.step()
    assert len(lab.got("server")) == 1
    assert lab.wire.pending()
    assert lab.step()
    assert not lab.wire.pending()
    assert not lab.step()


def test_observing_hands_nothing_over(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    assert lab.wire.observe() == 1
    assert lab.got("server") == []
    assert lab.story() == ["client > server 1"]


def test_the_wire_waits_for_every_live_port(bench: Setter) -> None:
    lab = bench()
    assert lab.wire.wants() == {port.fileno(): POLLIN for port in lab.ports.values()}


def test_frames_of_several_ports_are_numbered_by_their_time(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    lab.send("server", SYN_ACK)
    lab.run()
    sent = [entry for entry in lab.wire.log if isinstance(entry, Sighting) and entry.phase == "sent"]
    assert [entry.at_ns for entry in sent] == sorted(entry.at_ns for entry in sent)
    assert [entry.frame for entry in sent] == [1, 2]


def test_a_broadcast_reaches_every_other_host_and_is_named_after_the_one_it_asks_for(bench: Setter) -> None:
    lab = bench()
    lab.send("client", WHO_HAS_SERVER)
    lab.run()
    assert (lab.got("server"), lab.got("dns"), lab.got("client")) == ([WHO_HAS_SERVER], [WHO_HAS_SERVER], [])
    assert lab.story() == ["client > server 1", "client >> server 1", "client >> dns 1"]


def test_a_neighbour_solicitation_is_named_after_its_target(bench: Setter) -> None:
    lab = bench()
    asks = IPv6(src="fd00::1", dst="ff02::1:ff00:2") / ICMPv6ND_NS(tgt="fd00::2")
    lab.send("client", bytes(Ether(src=_mac("client"), dst="33:33:ff:00:00:02") / asks))
    lab.run()
    assert lab.story()[0] == "client > server 1"


def test_a_dead_neighbour_gets_nothing_and_that_is_said(bench: Setter) -> None:
    lab = bench()
    lab.send("client", WHO_HAS_DEAD, _packet("client", "dead", UDP()))
    lab.run()
    assert [line for line in lab.story() if " x " in line] == [
        "client x dead 1 dead neighbour",
        "client x dead 2 dead neighbour",
    ]


def test_a_frame_to_a_stranger_is_dropped(bench: Setter) -> None:
    lab = bench()
    stranger = Ether(src=_mac("client"), dst="02:00:00:00:00:99") / IP(src="10.0.0.1", dst="203.0.113.9") / UDP()
    lab.send("client", bytes(stranger))
    lab.run()
    assert lab.story() == ["client > 203.0.113.9 1", "client x 203.0.113.9 1 no such host"]


def test_noise_is_counted_and_goes_no_further(bench: Setter) -> None:
    lab = bench()
    lab.send("client", bytes(Ether(dst="33:33:00:00:00:02") / IPv6(dst="ff02::2") / ICMPv6ND_RS()))
    assert lab.wire.observe() == 0
    assert (lab.wire.noise, lab.wire.log, lab.wire.pending()) == (1, [], False)


def test_an_arrival_is_stamped_between_the_sending_and_the_handing_over(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    lab.run()
    sent, arrived = (entry.at_ns for entry in lab.wire.log)
    assert sent <= arrived <= time.time_ns()


def test_a_delayed_frame_tells_when_it_wants_to_go(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), delay_ms=10_000))
    lab.send("client", SYN)
    assert not lab.step()
    due_ns = lab.wire.due_ns()
    assert due_ns is not None
    assert due_ns == lab.wire.log[0].at_ns + 10_000 * MS
    assert lab.step(due_ns)
    assert lab.got("server") == [SYN]


def test_a_held_frame_is_not_pending_until_its_fact_is_announced(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), hold_until="state error"))
    lab.send("client", SYN)
    lab.run()
    assert (len(lab.wire.held()), lab.wire.pending(), lab.wire.due_ns()) == (1, False, None)
    lab.wire.announce("state error")
    lab.run()
    assert lab.got("server") == [SYN]


def test_a_cut_host_gets_nothing_any_more_not_even_what_was_on_its_way(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="SA"), delay_ms=1), Rule(match=Match(what="R"), cut=True))
    lab.send("server", SYN_ACK)
    lab.wire.observe()
    lab.send("server", _packet("server", "client", TCP(flags="R")))
    lab.step(2 * time.time_ns())
    assert lab.got("client") == []
    assert [line for line in lab.story() if " x " in line] == ["server x client 2 cut", "server x client 1 cut"]


def test_a_broadcast_skips_a_host_that_was_cut(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="udp"), cut=True))
    lab.send("client", _packet("client", "dns", UDP()), WHO_HAS_SERVER)
    lab.run()
    assert (len(lab.got("server")), lab.got("dns")) == (1, [])


def test_an_injected_frame_arrives_without_having_been_sent(bench: Setter) -> None:
    lab = bench(Rule(match=Match(), drop=True))
    assert lab.wire.inject(SYN_ACK, "server", "client") == 1
    lab.run()
    assert lab.got("client") == [SYN_ACK]
    assert lab.story() == ["server >> client 1 injected"]


def test_an_injected_frame_may_wait(bench: Setter) -> None:
    lab = bench()
    before_ns = time.time_ns()
    lab.wire.inject(SYN_ACK, "server", "client", after_ms=10_000)
    assert not lab.step()
    assert (lab.wire.due_ns() or 0) >= before_ns + 10_000 * MS


def test_an_intercepted_segment_arrives_but_never_at_the_kernel(bench: Setter) -> None:
    lab = bench()
    received: list[tuple[int, Parcel]] = []
    lab.wire.intercept("server", 9, lambda at_ns, parcel: received.append((at_ns, parcel)))
    lab.send("client", SYN, _packet("client", "server", TCP(dport=10)), _packet("client", "server", UDP(dport=9)))
    lab.run()
    ((at_ns, parcel),) = received
    assert (at_ns, parcel.frame) == (lab.wire.log[3].at_ns, dissect(SYN))
    assert len(lab.got("server")) == 2
    assert [line for line in lab.story() if ">>" in line] == [f"client >> server {n}" for n in (1, 2, 3)]


def test_a_port_that_refuses_a_frame_loses_it_by_name(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    lab.ends["server"].close()
    lab.run()
    assert lab.story()[-1] == "client x server 1 ECONNREFUSED"


def test_the_clock_of_the_caller_may_be_older_than_a_frame(bench: Setter) -> None:
    lab = bench()
    before_ns = time.time_ns()
    lab.send("client", SYN)
    assert lab.step(before_ns)


def test_what_goes_together_is_sent_in_one_act(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), duplicate=2, together=True))
    lab.send("client", SYN)
    lab.step()
    assert (lab.got("server"), lab.acts) == ([SYN, SYN, SYN], [3])


def test_what_the_clock_kept_back_waits_for_all_that_waits_for_no_clock(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), delay_ms=1))
    lab.send("client", SYN)
    lab.wire.observe()
    later_ns = time.time_ns() + 2 * MS
    assert not lab.wire.act({}, later_ns)
    assert lab.wire.act_late(later_ns)
    assert lab.got("server") == [SYN]
