"""What the ground remembers of a case: plain tuples, cheap to write while packets fly, turned into events afterwards.

Times are CLOCK_REALTIME in nanoseconds. Everything here survives `marshal`/`pickle` on its way out of the lab process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Sighting(NamedTuple):
    """A frame at one instant: `phase` is sent, arrived or dropped; `medium` is `wire`, `cable1` or `lo@client`."""

    at_ns: int
    phase: str
    frame: int
    sender: str
    receiver: str
    raw: bytes
    medium: str = "wire"
    tags: tuple[str, ...] = ()


class RuleHit(NamedTuple):
    at_ns: int
    rule: int
    action: str
    frame: int


class DnsSaid(NamedTuple):
    """A query (`outcome` empty) or what was answered to it."""

    at_ns: int
    host: str
    name: str
    type: str
    outcome: str = ""
    answers: str = ""


class PeerDid(NamedTuple):
    at_ns: int
    host: str
    action: str
    detail: str = ""


class PeerIs(NamedTuple):
    """The readiness of a socket that the lab holds (`listener`, `accepted`), sampled when it changed."""

    at_ns: int
    host: str
    name: str
    mask: str


class SocketIs(NamedTuple):
    """A kernel TCP socket changed state; addresses as `10.0.0.1:40000` or `[fd00::1]:40000`.

    `source` says who saw it, where there are several who may.
    """

    at_ns: int
    host: str
    local: str
    remote: str
    old: str
    new: str
    source: str = ""


class Rose(NamedTuple):
    at_ns: int
    host: str
    counter: str
    by: int


Entry = Sighting | RuleHit | DnsSaid | PeerDid | PeerIs | SocketIs | Rose


class Actor(Protocol):
    """A part of the ground that acts: the wire, the name server, a peer. It never blocks and has no loop of its own.

    The lab's one loop asks everyone what it waits for, and lets one actor do one thing at a time, so that a program
    under test is never surprised by two things at once.
    """

    @property
    def log(self) -> list[Entry]:
        """What this actor did and saw."""

    def wants(self) -> Mapping[int, int]:
        """Descriptors to poll, each with its poll(2) mask."""

    def due_ns(self) -> int | None:
        """When this actor wants to act by the clock, if it does."""

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        """Do at most one thing that is possible now, log it, and say whether anything was done."""


class Punctual(Actor, Protocol):
    """Keeps what waits for a clock apart from all else: else a lab that looks late would do it before what an early one
    has long done.
    """

    def act_late(self, now_ns: int) -> bool:
        """`act` for what the clock kept back; called when nobody has anything to do that waits for no clock."""
