"""Frames that are sent in one act arrive whole, in order, and each of them once."""

from __future__ import annotations

import socket

import pytest

from netns import packets, sandbox
from netns.addresses import WIRE_END
from netns.builder import build
from netns.burst import MOST, Burst
from netns.frames import mac_bytes
from netns.plan import Host, Plan

from .conftest import InSandbox

PLAN = Plan(hosts=(Host(name="client"), Host(name="server")))
EXPERIMENT = b"\x88\xb5"
"""IEEE Std 802, Local Experimental Ethertype 1: no kernel answers it."""


@pytest.mark.parametrize("rounds", [1, 5], ids=["once", "round-the-ring"])
def test_several_frames_arrive_in_their_order_and_once(in_sandbox: InSandbox, rounds: int) -> None:
    def sends() -> bool:
        ground = build(PLAN)
        client = ground.hosts["client"]
        assert client.port_fd is not None
        with sandbox.inside(client.net_fd):
            heard = packets.listen_on(WIRE_END)
        burst, sent, got = Burst(client.port_fd), [], []
        for number in range(rounds):
            frames = [mac_bytes(client.mac) + bytes(6) + EXPERIMENT + bytes([number, n]) * 700 for n in range(5)]
            assert burst.send(frames) == 5
            got += [heard.recv(4096) for _ in frames]
            sent += frames
        return got == sent

    assert in_sandbox(sends)


def test_what_a_link_that_is_down_refuses_is_no_frame_that_was_sent(in_sandbox: InSandbox) -> None:
    def sends() -> bool:
        port = build(PLAN).hosts["client"].port_fd
        assert port is not None
        burst = Burst(port)
        _take_down(port)
        try:
            return burst.send([bytes(60)]) == 0
        except OSError:
            return True

    assert in_sandbox(sends)


def test_the_ring_has_room_for_more_than_anybody_holds_together() -> None:
    assert MOST >= 16


def _take_down(port: socket.socket) -> None:
    from pyroute2 import IPRoute

    with IPRoute() as route:
        (index,) = route.link_lookup(ifname=port.getsockname()[0])
        route.link("set", index=index, state="down")
