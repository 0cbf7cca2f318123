"""What the network shows of itself: packets between the hosts, states and counters of their stacks."""

from __future__ import annotations

from typing import ClassVar

from harness.events.event import Event, Phase, Point


class Packet(Event, frozen=True, kw_only=True):
    """A frame leaving its sender, arriving at its receiver or lost between; `frame` joins the two.

    An injected frame has no beginning, only an arrival.

    `src` and `dst` are host names (addresses where no host has it). `flags` are TCP's letters in the order FSRPAUEC
    rewritten the usual way (`S`, `SA`, `A`, `PA`, `FA`, `R`, `RA`). `seq` and `ack` are relative to the flow's first
    SYN where that was seen. `info` carries what has no field: ICMP `3/1`, ARP `who-has 10.0.0.2`, DNS `A? name`.
    """

    point: ClassVar[Point] = "wire"
    phase: Phase = "sent"
    src: str = ""
    dst: str = ""
    sport: int = 0
    dport: int = 0
    family: str = "ipv4"
    proto: str = "tcp"
    flags: str = ""
    seq: int = 0
    ack: int = 0
    size: int = 0
    window: int = 0
    data: str = ""
    info: str = ""
    frame: int = 0
    tags: tuple[str, ...] = ()


class TcpState(Event, frozen=True, kw_only=True):
    """A TCP socket of host `who` changed state, named as in include/net/tcp_states.h, no prefix; gone is CLOSE."""

    point: ClassVar[Point] = "kernel"
    local: str = ""
    remote: str = ""
    old: str = ""
    new: str = ""


class Counter(Event, frozen=True, kw_only=True):
    """A counter of host `who` rose by `rose` during the case, for instance `TcpExtLockDroppedIcmps`."""

    point: ClassVar[Point] = "kernel"
    name: str = ""
    rose: int = 0
