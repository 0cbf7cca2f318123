"""Finds the stretches of a diagram during which something lasted: a state, or a sleep in the poller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.events import Call, State, TcpState, Wait
from reports.drawing.lanes import Drawn, mood_of

MOST_TRACKS = 3
GONE = frozenset({"CLOSE", ""})


@dataclass(frozen=True, slots=True)
class Bar:
    """From one event to another (None: to the end); `track` tells sockets of one lane apart, from 0."""

    lane: str
    start: Drawn
    end: Drawn | None
    state: str
    mood: str
    track: int = 0


def state_bars(drawn: Sequence[Drawn]) -> list[Bar]:
    """A bar for each state of each program and TCP socket, none where a socket is gone."""
    open_bars: dict[object, Bar] = {}
    tracks: dict[str, list[object]] = {}
    bars: list[Bar] = []
    for one in drawn:
        event = one.event
        if not isinstance(event, (State, TcpState)) or one.lane == "peer":
            continue
        key = _whose(event)
        if before := open_bars.pop(key, None):
            bars.append(Bar(before.lane, before.start, one, before.state, before.mood, before.track))
        if event.new not in GONE:
            track = _track(key, tracks.setdefault(one.lane, []))
            open_bars[key] = Bar(one.lane, one, None, event.new, mood_of(event.new), track)
    return [*bars, *open_bars.values()]


def sleeps(drawn: Sequence[Drawn]) -> list[Bar]:
    """A bar for each wait in a poller, up to the next thing that the same thread does."""
    asleep: dict[int, Drawn] = {}
    bars: list[Bar] = []
    for one in drawn:
        if one.lane not in ("calls", "ready") or not isinstance(one.event, Call):
            continue
        if before := asleep.pop(one.event.pid, None):
            bars.append(Bar("calls", before, one, "asleep", "sleep"))
        if isinstance(one.event, Wait):
            asleep[one.event.pid] = one
    return bars + [Bar("calls", one, None, "asleep", "sleep") for one in asleep.values()]


def tracks_of(bars: Sequence[Bar]) -> dict[str, int]:
    """How many tracks each lane has: `{"tcp": 1, "peer_tcp": 2}`."""
    found: dict[str, int] = {}
    for bar in bars:
        found[bar.lane] = max(found.get(bar.lane, 0), bar.track + 1)
    return found


def _track(key: object, known: list[object]) -> int:
    if key not in known:
        known.append(key)
    return known.index(key) % MOST_TRACKS


def _whose(event: State | TcpState) -> object:
    if isinstance(event, State):
        return event.who
    return event.who, event.local, event.remote
