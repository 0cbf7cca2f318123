"""What the lab itself did."""

from __future__ import annotations

from dataclasses import dataclass

from harness.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Event):
    """Wire rule number `rule` (from 1, as in the file) did `action` to frame `frame`."""

    rule: int = 0
    action: str = ""
    frame: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuery(Event):
    name: str = ""
    type: str = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer(Event):
    """`outcome` is an RCODE, or `NODATA`, `silence`, `garbage`, ...; `answers` the addresses, joined by a blank."""

    name: str = ""
    type: str = "A"
    outcome: str = "NOERROR"
    answers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer(Event):
    """The peer on host `who` did `action` (`listening`, `accepted`, `received`, `sent`, `eof`, `closed`, `reset`)."""

    action: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerReady(Event):
    """The readiness of a socket that the lab itself holds on host `who`: `name` is `listener` or `accepted`."""

    name: str = "listener"
    mask: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit(Event):
    """Program `who` ended: `status` is its exit code, or `signal` the name of what killed it."""

    status: int = 0
    signal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Event):
    """A milestone of the case: `started`, `deadline`, `cut`, `clock-step` ... with a text for people."""

    name: str = ""
    text: str = ""
