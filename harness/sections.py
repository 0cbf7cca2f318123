"""The sections of a scenario file that describe the ground: hosts, routes, the wire, scripted ends.

These models say what may stand where; `harness.scenario` puts them together.
"""

from __future__ import annotations

import socket
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from harness.fields import (
    SYSCTL,
    TEXT_OR_MAPPING,
    AsMapping,
    AsText,
    Duration,
    Flags,
    Icmp,
    Kind,
    Packet,
    Port,
    Scalar,
    nearest,
    refusal,
)
from netns.plan import PeerScript, RouteKind

OPTIONS = frozenset(name for name in dir(socket) if name.startswith(("SO_", "TCP_")))
"""The options that setsockopt(2) takes here, by their names in socket(7) and tcp(7)."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class ByFamily(Model):
    """One text for each address family."""

    ipv4: str | None = None
    """The text in cases of IPv4."""
    ipv6: str | None = None
    """The text in cases of IPv6."""


class IcmpByFamily(Model):
    """One ICMP error for each address family, as type/code."""

    ipv4: Icmp | None = None
    """The error in cases of IPv4."""
    ipv6: Icmp | None = None
    """The error in cases of IPv6, by the numbers of ICMPv6."""


TextByFamily = Annotated[Annotated[str, AsText] | Annotated[ByFamily, AsMapping], TEXT_OR_MAPPING]
OneIcmp = Annotated[Annotated[Icmp, AsText] | Annotated[IcmpByFamily, AsMapping], TEXT_OR_MAPPING]


class Host(Model):
    """A host on the wire."""

    answers: bool = True
    """false: a dead neighbour, whose address nobody answers for."""
    sysctl: dict[Annotated[str, Field(pattern=SYSCTL)], Scalar] = {}
    """Settings of this host's network namespace by their dotted names."""


class Route(Model):
    """A route on a host: by way of another one, or to nowhere."""

    on: str = "client"
    """The host that has the route."""
    to: TextByFamily
    """`target`, `default`, or a network such as 10.9.0.0/16."""
    kind: RouteKind = "via"
    """`via` a next hop; the others end here, each with its own error or without any."""
    via: TextByFamily | None = None
    """The next hop: a host, by its cable from here if there is one, or an address."""

    @model_validator(mode="after")
    def _has_next_hop(self) -> Route:
        if (self.kind == "via") == (self.via is None):
            message = "a route needs `via`" if self.via is None else f"a route of kind {self.kind} has no `via`"
            raise refusal(message, "give `via: HOST`, or a kind such as unreachable without `via`")
        return self


class Listener(Model):
    """A listening socket of the lab, and what it does with each connection."""

    on: str = "server"
    """The host that listens."""
    port: Port = 7
    """The port that it listens on."""
    script: PeerScript = "echo"
    """What is done with each connection."""
    text: str = ""
    """What `banner` and `half-close` send."""
    backlog: Annotated[int, Field(ge=0, le=65535)] = 128
    """How many connections may wait to be accepted, less one."""
    rate: Annotated[int, Field(ge=0)] = 0
    """Bytes a second that `slow` reads."""
    options: dict[str, int] = {}
    """Socket options, for instance SO_RCVBUF."""

    @model_validator(mode="after")
    def _fits_its_script(self) -> Listener:
        for name in self.options:
            if name not in OPTIONS:
                raise refusal(f"there is no socket option {name}", nearest(name, OPTIONS))
        if self.text and self.script not in ("banner", "half-close"):
            raise refusal(f"a listener that plays {self.script} has no text", "use `script: banner`")
        if (self.script == "slow") != bool(self.rate):
            raise refusal("`slow` and `rate` belong together", "give `script: slow` and `rate: BYTES_A_SECOND`")
        return self


class Craft(Model):
    """A packet made up by the lab: an ICMP error, or a TCP segment with these flags."""

    icmp: OneIcmp | None = None
    """type/code, or net-unreachable, host-unreachable, port-unreachable, prohibited."""
    flags: Flags | None = None
    """The TCP flags of a segment, such as SA."""
    payload: str = ""
    """The data of a segment, as text."""
    after: Duration = 0
    """How long it is kept back."""
    fields: dict[str, Scalar] = {}
    """Header fields by scapy's names; `+1000` is relative."""

    @model_validator(mode="after")
    def _is_one_packet(self) -> Craft:
        if (self.icmp is None) == (self.flags is None):
            raise refusal("a made-up packet is either ICMP or TCP", "give one of icmp and flags")
        if self.icmp is not None and self.payload:
            raise refusal("an ICMP error quotes a packet and has no payload", "remove payload")
        return self


class Frame(Model):
    """Frames on the wire, by kind, number and direction."""

    on: Packet
    """TCP flags exactly (S, SA, PA, RA) or data, tcp, udp, arp, nd, icmp, dns, any; `S #2` is the second one."""
    sender: Annotated[str | None, Field(alias="from")] = None
    """The host that sends it."""
    receiver: Annotated[str | None, Field(alias="to")] = None
    """The host that it is for."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Deed(Model):
    """What happens to a frame."""

    drop: bool = False
    """The frame is lost."""
    cut: bool = False
    """The receiver's link is dead from this frame on."""
    hold: Annotated[Annotated[str, AsText] | Annotated[Frame, AsMapping], TEXT_OR_MAPPING] | None = None
    """Kept until `state STATE`, `exit HOST`, `closed HOST`, or until a frame {on: ...} was seen."""
    delay: Duration = 0
    """How long the frame is kept back."""
    duplicate: Annotated[int, Field(ge=0, le=100)] = 0
    """How many copies follow the frame."""
    rewrite: dict[str, Scalar] = {}
    """Header fields by scapy's names, changed on the way; `+1000` is relative."""
    answer: Annotated[list[Craft], BeforeValidator(_listed, json_schema_input_type=list[Craft] | Craft)] = []
    """What its sender gets back, made up by the lab."""
    together: bool = False
    """All answers, the frame and its copies, or it and what it was held for, arrive before any program looks."""

    @model_validator(mode="after")
    def _does_something(self) -> Deed:
        later = self.hold is not None or self.delay or self.duplicate or self.rewrite
        several = isinstance(self.hold, Frame) or self.duplicate or len(self.answer) > 1
        if self.together and not several:
            raise refusal("there is nothing that could go together", "give several answers, duplicate, or hold a frame")
        if (self.drop or self.cut) and later:
            raise refusal("a frame that is dropped cannot be kept, delayed or changed", "remove drop or the rest")
        if not (self.drop or self.cut or self.answer or later):
            raise refusal("nothing is done to the frame", "give drop, hold, delay, duplicate, rewrite, answer or cut")
        return self


class Rule(Frame):
    """What happens to which frames; the first rule that fits a frame decides."""

    do: Annotated[Annotated[Literal["drop", "cut"], AsText] | Annotated[Deed, AsMapping], TEXT_OR_MAPPING]
    """`drop`, `cut`, or a mapping of what is done."""


class Step(Model):
    """One line of a puppet's script."""

    expect: Kind | None = None
    """Waits for a segment of this kind."""
    send: Craft | None = None
    """Sends a packet to the peer."""
    pause: Duration | None = None
    """Waits for this long."""

    @model_validator(mode="after")
    def _is_one_step(self) -> Step:
        if sum(given is not None for given in (self.expect, self.send, self.pause)) != 1:
            raise refusal("a step is one thing", "give one of expect, send and pause")
        return self


class Puppet(Model):
    """A TCP end played by hand, for what no kernel would send."""

    on: str = "server"
    """The host whose end is played."""
    port: Port = 7
    """The port whose segments the kernel of that host never sees."""
    steps: Annotated[list[Step], Field(min_length=1)]
    """The script, which starts with the first SYN."""
