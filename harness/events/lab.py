"""What the lab itself did."""

from __future__ import annotations

from harness.events.event import Event


class Fault(Event, frozen=True, kw_only=True):
    """Wire rule number `rule` (from 1, as in the file) did `action` to frame `frame`."""

    rule: int = 0
    action: str = ""
    frame: int = 0


class DnsQuery(Event, frozen=True, kw_only=True):
    name: str = ""
    type: str = "A"


class DnsAnswer(Event, frozen=True, kw_only=True):
    """`outcome` is an RCODE, or `NODATA`, `silence`, `garbage`, ...; `answers` the addresses, joined by a blank."""

    name: str = ""
    type: str = "A"
    outcome: str = "NOERROR"
    answers: str = ""


class Peer(Event, frozen=True, kw_only=True):
    """The peer on host `who` did `action` (`listening`, `accepted`, `received`, `sent`, `eof`, `closed`, `reset`)."""

    action: str = ""
    detail: str = ""


class PeerReady(Event, frozen=True, kw_only=True):
    """The readiness of a socket that the lab itself holds on host `who`: `name` is `listener` or `accepted`."""

    name: str = "listener"
    mask: str = "0"


class Exit(Event, frozen=True, kw_only=True):
    """Program `who` ended: `status` is its exit code, or `signal` the name of what killed it."""

    status: int = 0
    signal: str = ""


class Mark(Event, frozen=True, kw_only=True):
    """A milestone of the case: `started`, `deadline`, `cut`, `clock-step` ... with a text for people."""

    name: str = ""
    text: str = ""
