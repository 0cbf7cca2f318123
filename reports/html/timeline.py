"""Draws a case true to time: one band a point of observation, time from left to right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from harness.events import Event, Packet, Ready, State, TcpState, Wait
from reports.html import svg
from reports.html.arrows import Arrow, arrows
from reports.html.bars import Bar, sleeps, state_bars, tracks_of
from reports.html.lanes import ORDER, TITLES, Drawn

WIDTH = 1340
LEFT, RIGHT = 156, 24
TOP = 30
HEIGHTS = {"program": 40, "calls": 34, "tcp": 40, "wire": 84, "peer_tcp": 40, "peer": 34, "lab": 34}
BAND, TRACK = 16, 19
UNDER = {"wire": "top: the subject"}
STEPS = (1, 2, 5)
POINT = svg.rect(-1.5, -5, 3, 10, "point")
SHAPES: dict[type[Event], str] = {
    Ready: svg.rect(-1.5, -9, 3, 18, "point ready"),
    Wait: svg.rect(-1.5, -3, 3, 6, "point"),
    Packet: svg.rect(-3, -30, 6, 60, "hit"),
    State: svg.rect(-2, -12, 4, 24, "hit"),
    TcpState: svg.rect(-2, -12, 4, 24, "hit"),
}
BLAME = svg.text(0, 16, "◆", "blame middle")

Scale = Callable[[Drawn], float]


def timeline(drawn: Sequence[Drawn], subject: str, evidence: dict[int, str]) -> str:
    """The drawing; empty if there are no events. Events at almost the same time lie over one another: that is true."""
    if not drawn:
        return ""
    used = {one.lane for one in drawn}
    bars = [*state_bars(drawn), *sleeps(drawn)]
    heights = {name: _height(name, tracks_of(bars)) for name in ORDER if name in used}
    tops = dict(zip(heights, accumulate(heights.values(), initial=TOP), strict=False))
    bottom = TOP + sum(heights.values())
    first, span = drawn[0].after_ns, max(drawn[-1].after_ns - drawn[0].after_ns, 1)

    def x_of(one: Drawn) -> float:
        return LEFT + (one.after_ns - first) / span * (WIDTH - LEFT - RIGHT)

    body = [
        *_axis(first, span, bottom),
        *(_band(name, top) for name, top in tops.items()),
        *(_bar(bar, tops[bar.lane], x_of) for bar in bars),
        *(_arrow(arrow, tops["wire"], subject, x_of) for arrow in arrows(drawn)),
        *(_mark(one, tops[one.lane], x_of, one.number in evidence) for one in drawn),
    ]
    return svg.document(WIDTH, bottom + 8, "Timeline, true to time", "timeline", "".join(body))


def step_for(span_ns: int, most: int = 12) -> int:
    """The distance of ticks: a round number of nanoseconds that gives at most `most` of them."""
    scale = 1
    while True:
        for step in STEPS:
            if span_ns / (step * scale) <= most:
                return step * scale
        scale *= 10


def time_label(nanoseconds: int) -> str:
    for unit, name in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:g} {name}"
    return f"{nanoseconds} ns" if nanoseconds else "0"


def _height(name: str, tracks: dict[str, int]) -> float:
    """A lane of several sockets needs a track for each."""
    return max(HEIGHTS[name], 12 + TRACK * tracks.get(name, 0))


def _axis(first_ns: int, span_ns: int, bottom: float) -> list[str]:
    parts, step = [], step_for(span_ns)
    for at_ns in range(0, span_ns + 1, step):
        x = LEFT + at_ns / span_ns * (WIDTH - LEFT - RIGHT)
        label = svg.text(x, TOP - 12, time_label(first_ns + at_ns), "time middle")
        parts += [svg.line((x, TOP - 6), (x, bottom), "tick"), label]
    return parts


def _band(name: str, top: float) -> str:
    first, under = TITLES[name]
    under = UNDER.get(name, under)
    middle = top + HEIGHTS[name] / 2
    return (
        svg.line((0, top), (WIDTH, top), "edge")
        + svg.text(0, middle - 1, first, "head")
        + svg.text(0, middle + 12, under, "head under")
    )


def _bar(bar: Bar, top: float, x_of: Scale) -> str:
    start, end = x_of(bar.start), x_of(bar.end) if bar.end else WIDTH - RIGHT
    if bar.mood == "sleep":
        return svg.rect(start, top + HEIGHTS[bar.lane] / 2 - 2, end - start, 4, "bar sleep")
    room = int((end - start - 8) / 6.6)
    y = top + 8 + bar.track * TRACK
    name = svg.text(start + 6, y + 12, bar.state, "label state") if room >= len(bar.state) else ""
    return svg.rect(start, y, end - start - 1, BAND, f"bar band {bar.mood}") + name


def _arrow(arrow: Arrow, top: float, subject: str, x_of: Scale) -> str:
    known = arrow.start or arrow.end
    assert known is not None
    high, low, middle = top + 8, top + HEIGHTS["wire"] - 8, top + HEIGHTS["wire"] / 2
    outward = arrow.packet.src == subject
    start = (x_of(known), (high if outward else low) if arrow.start else middle)
    end = (x_of(arrow.end or known), (low if outward else high) if arrow.fate == "arrived" else middle)
    head = svg.arrow_head(start, end, f"tip {arrow.style}", 6)
    tip = {"arrived": head, "lost": svg.cross(end, "lost", 4), "held": ""}[arrow.fate]
    line = svg.line(start, end, f"packet {arrow.style} {arrow.fate}") + tip
    return f"<g>{svg.title(f'{arrow.packet.src} > {arrow.packet.dst} {arrow.label}')}{line}</g>"


def _mark(one: Drawn, top: float, x_of: Scale, blamed: bool) -> str:
    """A point at its time, tall for readiness; packets and states have shapes of their own and only take clicks."""
    shape = SHAPES.get(type(one.event), POINT) + (BLAME if blamed else "")
    return svg.event((x_of(one), top + HEIGHTS[one.lane] / 2), "t", one.number, svg.caption(one) + shape)
