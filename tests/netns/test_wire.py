"""The wire carries every frame to whom it is meant for, one at a time."""

from __future__ import annotations

import time
from select import POLLIN

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6ND_RS, IPv6
from scapy.layers.l2 import Ether

from netns.log import Sighting

from .wires import SYN, SYN_ACK, WHO_HAS_DEAD, WHO_HAS_SERVER, Setter, mac, packet


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
    lab.send("client", bytes(Ether(src=mac("client"), dst="33:33:ff:00:00:02") / asks))
    lab.run()
    assert lab.story()[0] == "client > server 1"


def test_a_dead_neighbour_gets_nothing_and_that_is_said(bench: Setter) -> None:
    lab = bench()
    lab.send("client", WHO_HAS_DEAD, packet("client", "dead", UDP()))
    lab.run()
    assert [line for line in lab.story() if " x " in line] == [
        "client x dead 1 dead neighbour",
        "client x dead 2 dead neighbour",
    ]


def test_a_frame_to_a_stranger_is_dropped(bench: Setter) -> None:
    lab = bench()
    stranger = Ether(src=mac("client"), dst="02:00:00:00:00:99") / IP(src="10.0.0.1", dst="203.0.113.9") / UDP()
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
