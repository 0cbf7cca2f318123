"""What the lab itself did: rules applied, questions to the name server, what the peers did, how programs ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from signal import Signals
from typing import Any

from harness.events import DnsAnswer, DnsQuery, Event, Exit, Fault, Peer, PeerReady
from netns.log import DnsSaid, Entry, PeerDid, PeerIs, RuleHit


def events(entries: Iterable[Entry]) -> list[Event]:
    return [_MAKE[type(entry)](entry) for entry in entries if type(entry) in _MAKE]


def ended(at_ns: int, who: str, status: int) -> Exit:
    """How program `who` ended; `status` as `os.waitstatus_to_exitcode` has it, negative for a signal."""
    if status >= 0:
        return Exit(at_ns=at_ns, who=who, status=status)
    return Exit(at_ns=at_ns, who=who, signal=_signal(-status))


def _signal(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _fault(hit: RuleHit) -> Event:
    return Fault(at_ns=hit.at_ns, who="lab", rule=hit.rule, action=hit.action, frame=hit.frame)


def _dns(said: DnsSaid) -> Event:
    at_ns, host, name, kind, outcome, answers = said
    if not outcome:
        return DnsQuery(at_ns=at_ns, who=host, name=name, type=kind)
    return DnsAnswer(at_ns=at_ns, who=host, name=name, type=kind, outcome=outcome, answers=answers)


def _peer(did: PeerDid) -> Event:
    return Peer(at_ns=did.at_ns, who=did.host, action=did.action, detail=did.detail)


def _readiness(now: PeerIs) -> Event:
    return PeerReady(at_ns=now.at_ns, who=now.host, name=now.name, mask=now.mask)


_MAKE: dict[type, Callable[[Any], Event]] = {RuleHit: _fault, DnsSaid: _dns, PeerDid: _peer, PeerIs: _readiness}
