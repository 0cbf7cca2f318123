"""One order for what several recorders saw.

Events go by their time. Where times are equal, cause comes before effect: a milestone, then a call at its entry, the
packet that it sends, the rule that the packet meets, its arrival, what that does to the kernel's socket and to the
peers and name servers of the lab, what a poller reports of it, what the program says of it, and its end. No recorder's
own order is ever changed for this, as whoever wrote it knew better.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge as merge_sorted
from operator import attrgetter

from harness import events as ev
from harness.events import Event

_ORDER: tuple[tuple[type[Event], ...], ...] = (
    (ev.Mark,),
    (ev.Call,),
    (ev.Packet,),
    (ev.Fault,),
    (),
    (ev.TcpState,),
    (ev.DnsQuery, ev.DnsAnswer, ev.Peer, ev.PeerReady),
    (ev.Ready, ev.Signal),
    (ev.State, ev.Callback, ev.Fact),
    (ev.Counter,),
    (ev.Exit,),
)
_ARRIVED = _ORDER.index(())
_RANK = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}


def merge(*streams: Iterable[Event]) -> list[Event]:
    """All events of all streams by time, each stream in its own order where times are equal."""
    timed = (sorted(stream, key=attrgetter("at_ns")) for stream in streams)
    return list(merge_sorted(*timed, key=_key))


def _key(event: Event) -> tuple[int, int]:
    if isinstance(event, ev.Packet) and event.phase == "arrived":
        return event.at_ns, _ARRIVED
    rank = _RANK.get(type(event))
    return event.at_ns, _RANK[ev.Call] if rank is None else rank
