"""Draws a case as a sequence diagram: one row an event, one column a point of observation, packets as arrows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.events import Packet, Ready, State, TcpState, Wait
from harness.plain import markup, shortened
from reports.drawing import svg
from reports.drawing.arrows import Arrow
from reports.drawing.bars import Bar, tracks_of
from reports.drawing.columns import ANY_CHARACTER, TIME_WIDTH, WIDTH, Lane, lanes
from reports.drawing.lanes import TITLES, Drawn, mood_of
from reports.drawing.scene import Scene
from reports.drawing.ticks import about

ROW = 22
HEAD = 46
MARGIN = 6
INDENT = 28
"""More than any label has before it."""
HIDDEN = ("wire", "peer_tcp")
"""Lanes whose rows do not say everything: where a packet arrived is a dot, whose TCP it is stands nowhere."""
PILL = 16
HIT = '<rect class="row hit"/>'
"""Its place and size stand in the style sheet: there is one for each event."""
TIME = f'<text x="{TIME_WIDTH - 12}" y="4" class="time">'
BLAME = svg.text(0, 4, "◆", "blame")


def sequence(scene: Scene) -> str:
    """The diagram: the heads of the lanes, which stay in sight, and what stands below them."""
    return "".join(_documents(*parts(scene)))


def parts(scene: Scene) -> tuple[str, str, int]:
    """The heads of the lanes, what stands below them, and how high that is."""
    columns = lanes(scene.drawn)
    height = 2 * MARGIN + ROW * (scene.drawn[-1].row + 1 if scene.drawn else 0)
    body = [
        *_grounds(scene.drawn, scene.evidence),
        *_edges(columns, height),
        *_pauses(scene.drawn),
        *(_bar(bar, columns[bar.lane], height) for bar in scene.bars),
        *(_arrow(arrow, columns["wire"], scene.subject) for arrow in scene.arrows),
        *_rows(scene, columns),
    ]
    return "".join(_heads(columns)), "".join(body), height


def y_of(row: int) -> int:
    """The middle of a row."""
    return MARGIN + ROW * row + ROW // 2


def _documents(heads: str, body: str, height: int) -> Iterator[str]:
    yield svg.document(WIDTH, HEAD, "The lanes of the diagram", "heads", heads)
    yield svg.document(WIDTH, height, "Sequence diagram, one row for each event", "sequence", body)


def _grounds(drawn: Sequence[Drawn], evidence: dict[int, str]) -> list[str]:
    return [svg.rect(0, y_of(one.row) - ROW // 2, WIDTH, ROW, "ground") for one in drawn if one.number in evidence]


def _heads(columns: dict[str, Lane]) -> list[str]:
    found = [svg.text(TIME_WIDTH - 12, 20, "seconds", "head time")]
    for lane in columns.values():
        name, under = TITLES[lane.name]
        middle = lane.name == "wire"
        x, style = (lane.x + lane.width // 2, "head middle") if middle else (lane.x + 10, "head")
        found += [svg.text(x, 20, name, style), svg.text(x, 36, under, f"{style} under")]
    return found


def _edges(columns: dict[str, Lane], height: int) -> list[str]:
    wire = columns["wire"]
    edges = [lane.x for lane in columns.values() if lane.x not in (wire.x, wire.end)]
    thin = [svg.line((x, 0), (x, height), "edge") for x in edges]
    return thin + [svg.line((x, 0), (x, height), "rail") for x in (wire.x, wire.end)]


def _pauses(drawn: Sequence[Drawn]) -> list[str]:
    """A long silence, in the row above the event that ends it: the diagram is no scale, so it says how long."""
    found = []
    for one in drawn:
        if one.pause_ns:
            y = y_of(one.row - 1)
            label = svg.text(TIME_WIDTH - 12, y + 4, f"+ {about(one.pause_ns)}", "time pause")
            found += [svg.line((TIME_WIDTH, y), (WIDTH, y), "pause"), label]
    return found


def _bar(bar: Bar, lane: Lane, height: int) -> str:
    asleep = bar.mood == "sleep"
    top = y_of(bar.start.row) + (-4 if asleep else PILL // 2)
    bottom = y_of(bar.end.row) - (7 if asleep else PILL // 2 + 2) if bar.end else height - MARGIN
    x, width = (lane.x + 6, 4) if asleep else (lane.x + 9 + bar.track * 6, 3)
    return svg.rect(x, top, width, bottom - top, f"bar {bar.mood}") if bottom > top else ""


def _arrow(arrow: Arrow, wire: Lane, subject: str) -> str:
    """A line from the sender's rail to the receiver's; half the way for what was lost, held or injected."""
    packet = arrow.packet
    left, right = (_rail(packet.src, wire, subject), _rail(packet.dst, wire, subject))
    middle = wire.x + wire.width // 2
    start_row = arrow.start.row if arrow.start else arrow.end.row if arrow.end else 0
    end_row = arrow.end.row if arrow.end else start_row
    start = (left if arrow.start else middle, y_of(start_row))
    end = (right if arrow.fate == "arrived" else middle, y_of(end_row))
    style = f"packet {arrow.style}"
    if left == right and arrow.fate == "arrived":
        return _loop(start, end, style, wire)
    return svg.line(start, end, f"{style} {arrow.fate}") + _tip(arrow, start, end)


def _tip(arrow: Arrow, start: svg.Point, end: svg.Point) -> str:
    """A head where it arrived, a cross where it was lost, a bar where it was held and never went on."""
    if arrow.fate == "arrived":
        return svg.arrow_head(start, end, f"tip {arrow.style}")
    if arrow.fate == "lost":
        return svg.cross(end, "lost")
    return svg.line((end[0], end[1] - 5), (end[0], end[1] + 5), f"packet {arrow.style} held")


def _loop(start: svg.Point, end: svg.Point, style: str, wire: Lane) -> str:
    """A packet that ends on the side where it began: between two others, or to oneself."""
    out = start[0] + (56 if start[0] == wire.x else -56)
    n = svg.number
    path = f"M{n(start[0])} {n(start[1])}C{n(out)} {n(start[1])} {n(out)} {n(end[1])} {n(end[0])} {n(end[1])}"
    return svg.path(path, style) + svg.arrow_head((out, end[1]), end, style.replace("packet", "tip"))


def _rail(host: str, wire: Lane, subject: str) -> int:
    return wire.x if host == subject else wire.end


def _rows(scene: Scene, columns: dict[str, Lane]) -> Iterator[str]:
    principal, tracks = _principal(scene.drawn, scene.subject), tracks_of(scene.bars)
    rooms = {name: lane.room(INDENT) for name, lane in columns.items()}
    for one in scene.drawn:
        lane, blame = columns[one.lane], scene.evidence.get(one.number, "")
        if one.lane == "wire":
            label = _packet_label(one, lane, scene.subject, principal)
        else:
            label = _label(one, lane, tracks.get(one.lane, 0))
        told = ""
        if blame or one.lane in HIDDEN or len(one.label) > rooms[one.lane]:
            told = svg.caption(one, f", evidence of {blame}" if blame else "")
        body = f"{told}{HIT}{TIME}{one.seconds}</text>{BLAME if blame else ''}{label}"
        yield svg.event(0, y_of(one.row), "e", one.number, body, first=one is scene.drawn[0])


def _label(one: Drawn, lane: Lane, tracks: int) -> str:
    indent = 10 + 6 * (tracks or 1)
    if isinstance(one.event, (State, TcpState)) and one.lane != "peer":
        return _pill(one, lane)
    shown = markup(shortened(one.label, lane.room(indent)))
    return f'<text x="{lane.x + indent}" y="4" class="{_style(one)}">{shown}</text>'


def _pill(one: Drawn, lane: Lane) -> str:
    """A state in a box of its own, from which its bar hangs."""
    label = one.label[: lane.room(14)]
    width = min(int(len(label) * (8 if label.isupper() else 7.2)) + 12, lane.width - 10)
    box = svg.rect(lane.x + 6, -PILL // 2, width, PILL, f"pill {mood_of(one.label)}")
    return box + svg.text(lane.x + 12, 4, label, "label state pilled")


def _style(one: Drawn) -> str:
    if one.lane in ("calls", "ready"):
        return f"label call{' ready' * isinstance(one.event, Ready)}{' wait' * isinstance(one.event, Wait)}"
    return "label state" if isinstance(one.event, State) else "label"


def _packet_label(one: Drawn, wire: Lane, subject: str, principal: str) -> str:
    """At the sender's end above the line; an arrival is only a dot on the receiver's rail, a loss says so."""
    packet = one.event
    assert isinstance(packet, Packet)
    x, away = _rail(packet.src, wire, subject), 1 if packet.src == subject else -1
    if packet.phase == "arrived" and "injected" not in packet.tags:
        return svg.dot((_rail(packet.dst, wire, subject), 0), "landing")
    other = packet.dst if packet.src == subject else packet.src
    named = f"{other} · {one.label}" if other != principal else one.label
    tags = "".join(f" [{tag}]" for tag in packet.tags)
    style = "label packet-label" + (" end" if away < 0 else "")
    if packet.phase == "dropped":
        return svg.text(x + away * (wire.width // 2 + 12), 4, f"lost{tags}", style, 20)
    return svg.text(x + away * 10, -2, named + tags, style, int((wire.width - 20) / ANY_CHARACTER))


def _principal(drawn: Sequence[Drawn], subject: str) -> str:
    """The host that the subject talked to most: its packets need no name."""
    hosts = Counter(
        host
        for one in drawn
        if isinstance(one.event, Packet)
        for host in (one.event.src, one.event.dst)
        if host != subject
    )
    return min(hosts, key=lambda host: (-hosts[host], host), default="")
