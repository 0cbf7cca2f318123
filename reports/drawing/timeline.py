"""Draws a case true to time: one band a point of observation, time from left to right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from harness.events import Event, Packet, Ready, State, TcpState, Wait
from reports.drawing import svg
from reports.drawing.arrows import Arrow
from reports.drawing.bars import Bar, tracks_of
from reports.drawing.columns import WIDTH
from reports.drawing.lanes import ORDER, TITLES, Drawn
from reports.drawing.scene import Scene
from reports.drawing.ticks import step_for, time_label

LEFT, RIGHT = 164, 20
TOP = 34
HEIGHTS = {
    "program": 44, "calls": 44, "ready": 44, "tcp": 44, "wire": 110, "peer_tcp": 44, "peer": 44, "lab": 44,
}  # fmt: skip
BAND, TRACK = 18, 21
UNDER = {"wire": "top: the subject"}
CHARACTER = 6.3
POINT = svg.rect(-1, -5, 3, 10, "point")
SHAPES: dict[type[Event], str] = {
    Ready: svg.rect(-1, -9, 3, 18, "point ready"),
    Wait: svg.rect(-1, -3, 3, 6, "point"),
    Packet: svg.rect(-3, -40, 6, 80, "hit"),
    State: svg.rect(-2, -14, 4, 28, "hit"),
    TcpState: svg.rect(-2, -14, 4, 28, "hit"),
}
BLAME = svg.text(0, 17, "◆", "blame middle")

Scale = Callable[[Drawn], int]


def timeline(scene: Scene) -> str:
    """The drawing; empty if there are no events. Events at almost the same time lie over one another: that is true."""
    drawn, bars = scene.drawn, scene.bars
    if not drawn:
        return ""
    used, tracks = {one.lane for one in drawn}, tracks_of(bars)
    heights = {name: _height(name, tracks) for name in ORDER if name in used}
    tops = dict(zip(heights, accumulate(heights.values(), initial=TOP), strict=False))
    bottom = TOP + sum(heights.values())
    first, span = drawn[0].after_ns, max(drawn[-1].after_ns - drawn[0].after_ns, 1)

    def x_of(one: Drawn) -> int:
        return LEFT + (one.after_ns - first) * (WIDTH - LEFT - RIGHT) // span

    body = [
        *_axis(first, span, bottom),
        *(_band(name, top) for name, top in tops.items()),
        *(_bar(bar, tops[bar.lane], x_of) for bar in bars),
        *(_arrow(arrow, tops["wire"], scene.subject, x_of) for arrow in scene.arrows),
        *_words(drawn, tops, x_of),
        *(_mark(one, tops[one.lane], x_of, one.number in scene.evidence, one is drawn[0]) for one in drawn),
    ]
    return svg.document(WIDTH, bottom + 8, "Timeline, true to time", "timeline", "".join(body))


def _height(name: str, tracks: dict[str, int]) -> int:
    """A lane of several sockets needs a track for each."""
    return max(HEIGHTS[name], 14 + TRACK * tracks.get(name, 0))


def _axis(first_ns: int, span_ns: int, bottom: int) -> list[str]:
    parts, step = [], step_for(span_ns)
    for at_ns in range(0, span_ns + 1, step):
        x = LEFT + at_ns * (WIDTH - LEFT - RIGHT) // span_ns
        label = svg.text(x, TOP - 14, time_label(first_ns + at_ns), "time middle")
        parts += [svg.line((x, TOP - 8), (x, bottom), "tick"), label]
    return parts


def _band(name: str, top: int) -> str:
    first, under = TITLES[name]
    under = UNDER.get(name, under)
    middle = top + HEIGHTS[name] // 2
    return (
        svg.line((0, top), (WIDTH, top), "edge")
        + svg.text(0, middle - 1, first, "head")
        + svg.text(0, middle + 13, under, "head under")
    )


def _bar(bar: Bar, top: int, x_of: Scale) -> str:
    start, end = x_of(bar.start), x_of(bar.end) if bar.end else WIDTH - RIGHT
    if bar.mood == "sleep":
        return svg.rect(start, top + HEIGHTS[bar.lane] // 2 - 2, end - start, 4, "bar sleep")
    room = int((end - start - 8) / 6.9)
    y = top + 8 + bar.track * TRACK
    name = svg.text(start + 6, y + 13, bar.state, "label state") if room >= len(bar.state) else ""
    return svg.rect(start, y, end - start - 1, BAND, f"bar band {bar.mood}") + name


def _arrow(arrow: Arrow, top: int, subject: str, x_of: Scale) -> str:
    known = arrow.start or arrow.end
    assert known is not None
    high, low, middle = top + 10, top + HEIGHTS["wire"] - 10, top + HEIGHTS["wire"] // 2
    outward = arrow.packet.src == subject
    start = (x_of(known), (high if outward else low) if arrow.start else middle)
    end = (x_of(arrow.end or known), (low if outward else high) if arrow.fate == "arrived" else middle)
    tip = svg.cross(end, "lost", 4) if arrow.fate == "lost" else ""
    if arrow.fate == "arrived":
        tip = svg.arrow_head(start, end, f"tip {arrow.style}", 6)
    line = svg.line(start, end, f"packet {arrow.style} {arrow.fate}") + tip
    return f"<g>{svg.title(f'{arrow.packet.src} > {arrow.packet.dst} {arrow.label}')}{line}</g>"


def _words(drawn: Sequence[Drawn], tops: dict[str, int], x_of: Scale) -> Iterator[str]:
    """What readiness, peers and the lab said, as far as there is room behind the word before."""
    ends: dict[str, int] = {}
    for one in drawn:
        if one.lane not in ("ready", "peer", "lab") or isinstance(one.event, (State, TcpState)):
            continue
        x, width = x_of(one) + 5, int(len(one.label) * CHARACTER)
        if x >= ends.get(one.lane, 0) and x + width <= WIDTH:
            ends[one.lane] = x + width + 10
            yield svg.text(x, tops[one.lane] + HEIGHTS[one.lane] // 2 + 4, one.label, "label said")


def _mark(one: Drawn, top: int, x_of: Scale, blamed: bool, first: bool) -> str:
    """A point at its time, tall for readiness; packets and states have shapes of their own and only take clicks."""
    shape = SHAPES.get(type(one.event), POINT) + (BLAME if blamed else "")
    below = one.lane == "program" and not isinstance(one.event, State)
    y = top + (HEIGHTS[one.lane] - 9 if below else HEIGHTS[one.lane] // 2)
    return svg.event(x_of(one), y, "t", one.number, svg.caption(one) + shape, first=first)
