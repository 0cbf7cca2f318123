"""What the ground saw of the hosts' kernels: the states of TCP sockets, and counters that rose."""

from __future__ import annotations

from collections.abc import Iterable

from harness.events import Counter, Event, TcpState
from netns.log import Entry, Rose, SocketIs


def events(entries: Iterable[Entry]) -> list[Event]:
    found: list[Event] = []
    for entry in entries:
        if isinstance(entry, SocketIs):
            at_ns, host, local, remote, old, new, source = entry
            found.append(TcpState(at_ns=at_ns, who=host, source=source, local=local, remote=remote, old=old, new=new))
        elif isinstance(entry, Rose):
            found.append(Counter(at_ns=entry.at_ns, who=entry.host, name=entry.counter, rose=entry.by))
    return found
