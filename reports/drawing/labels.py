"""Says what an event is in the few words that fit a diagram; the log has the whole line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from harness import notation
from harness.events import (
    Call,
    Callback,
    Close,
    Counter,
    DnsAnswer,
    DnsQuery,
    Event,
    Exit,
    Fact,
    Fault,
    Mark,
    Packet,
    Peer,
    PeerReady,
    Ready,
    SetNonblocking,
    SetSockOpt,
    State,
    TcpState,
    Unwatch,
    Watch,
)
from harness.plain import one_line

LETTERS = {
    "F": "FIN", "S": "SYN", "R": "RST", "P": "PSH", "A": "ACK", "U": "URG", "E": "ECE", "C": "CWR",
}  # fmt: skip
EXPECTED_TO_WORK = (Watch, Unwatch, Close, SetNonblocking, SetSockOpt)
"""Calls whose `= 0` says nothing; SO_ERROR's `= 0` says much."""

_SOCKET = re.compile(r"\(sock\d+(?:, )?")
_MADE = re.compile(r" = sock\d+$")
_SHORT: dict[type[Event], Callable[[Any], str]] = {
    State: lambda e: e.new,
    Callback: lambda e: f"{e.name}({e.args})",
    Fact: lambda e: f"{e.name} {e.text}",
    TcpState: lambda e: e.new,
    Counter: lambda e: f"{e.who} {e.name.removeprefix('TcpExt')} {e.rose:+}",
    Fault: lambda e: f"rule {e.rule}: {e.action}",
    DnsQuery: lambda e: f"{e.type}? {e.name}",
    DnsAnswer: lambda e: f"{e.type} {e.outcome} {e.answers}",
    Peer: lambda e: f"{e.action} {e.detail}",
    PeerReady: lambda e: f"{e.name} {words(e.mask)}",
    Exit: lambda e: f"{e.who} exits {e.signal or e.status}",
    Mark: lambda e: e.name,
}


class Labels:
    """The labels of one trace: sockets are named only in programs that have several, threads from the second on."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._threads: dict[tuple[str, int], int] = {}
        sockets: dict[str, set[str]] = {}
        for event in events:
            if isinstance(event, Call):
                known = sum(who == event.who for who, _ in self._threads)
                self._threads.setdefault((event.who, event.pid), known + 1)
                sockets.setdefault(event.who, set()).add(event.sock)
        self._plain = frozenset(who for who, names in sockets.items() if len(names - {""}) <= 1)

    def of(self, event: Event) -> str:
        """A few harmless words."""
        if isinstance(event, Call):
            return one_line(self._call(event))
        if isinstance(event, Packet):
            return one_line(_packet(event)).strip()
        return one_line(_SHORT.get(type(event), notation.body)(event)).strip()

    def _call(self, call: Call) -> str:
        thread = self._threads.get((call.who, call.pid), 1)
        mark = f"+{thread} " if thread > 1 else ""
        if isinstance(call, Ready):
            return f"{mark}{'' if call.who in self._plain else f'{call.sock} '}{words(call.mask)}"
        text = notation.body(call)
        if isinstance(call, EXPECTED_TO_WORK):
            text = text.removesuffix(" = 0")
        return mark + (_nameless(text) if call.who in self._plain else text)


@lru_cache(maxsize=4096)
def _nameless(call: str) -> str:
    """A call without the name of its socket; the same calls come in every case."""
    return _MADE.sub("", _SOCKET.sub("(", call, count=1))


def words(mask: str) -> str:
    """A mask as people say it: `OUT|ERR|HUP` is `OUT ERR HUP`, `0` is `nothing`."""
    return "nothing" if mask in ("", "0") else mask.replace("|", " ")


def flags(letters: str) -> str:
    """TCP's letters spelled out: `SA` is `SYN ACK`; none at all is `no flags`."""
    return " ".join(LETTERS.get(letter, letter) for letter in letters) or "no flags"


def _packet(packet: Packet) -> str:
    if packet.proto != "tcp":
        return f"{packet.proto} {packet.data or packet.info}"
    size = f" {packet.size} B" if packet.size else ""
    return f"{flags(packet.flags)}{size} {packet.data or packet.info}"
