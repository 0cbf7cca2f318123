"""Draws a case as a sequence diagram: one row an event, one column a point of observation, packets as arrows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.events import Packet, Ready, State, TcpState, Wait
from reports.html import svg
from reports.html.arrows import Arrow, arrows
from reports.html.bars import Bar, sleeps, state_bars, tracks_of
from reports.html.lanes import ORDER, TITLES, Drawn

ROW = 22
HEAD = 40
MARGIN = 4
TIME_WIDTH = 88
WIDTH = 1340
WIDTHS = {"program": 184, "calls": 306, "tcp": 106, "wire": 232, "peer_tcp": 112, "peer": 162, "lab": 150}
FLEXIBLE = ("program", "calls", "wire", "peer", "lab")
CHARACTER = {"calls": 6.65}
ANY_CHARACTER = 5.9
HIT = svg.rect(0, -ROW / 2, WIDTH, ROW, "hit")
BLAME = svg.text(6, 4, "◆", "blame")


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    x: float
    width: float

    @property
    def end(self) -> float:
        return self.x + self.width


def lanes(drawn: Sequence[Drawn]) -> dict[str, Lane]:
    """The lanes that have something to show, spread over the whole width; the wire is always there."""
    used = {one.lane for one in drawn} | {"wire", "calls"}
    names = [name for name in ORDER if name in used]
    spare = WIDTH - TIME_WIDTH - sum(WIDTHS[name] for name in names)
    share = spare / sum(name in FLEXIBLE for name in names)
    found: dict[str, Lane] = {}
    x: float = TIME_WIDTH
    for name in names:
        width = WIDTHS[name] + (share if name in FLEXIBLE else 0)
        found[name] = Lane(name, x, width)
        x += width
    return found


def sequence(drawn: Sequence[Drawn], subject: str, evidence: dict[int, str]) -> str:
    """The diagram. `evidence` maps the numbers of events that a refusal rests on to the clauses that refused."""
    columns = lanes(drawn)
    height = 2 * MARGIN + ROW * len(drawn)
    bars = [*state_bars(drawn), *sleeps(drawn)]
    body = [
        *_grounds(drawn, evidence),
        *_edges(columns, height),
        *(_bar(bar, columns[bar.lane], len(drawn)) for bar in bars),
        *(_arrow(arrow, columns["wire"], subject) for arrow in arrows(drawn)),
        *_rows(drawn, columns, subject, evidence, tracks_of(bars)),
    ]
    heads = svg.document(WIDTH, HEAD, "The lanes of the diagram", "heads", "".join(_heads(columns)))
    return heads + svg.document(WIDTH, height, "Sequence diagram, one row for each event", "sequence", "".join(body))


def y_of(row: float) -> float:
    """The middle of a row."""
    return MARGIN + ROW * row + ROW / 2


def _grounds(drawn: Sequence[Drawn], evidence: dict[int, str]) -> list[str]:
    return [svg.rect(0, y_of(one.row) - ROW / 2, WIDTH, ROW, "ground") for one in drawn if one.number in evidence]


def _heads(columns: dict[str, Lane]) -> list[str]:
    parts = [svg.text(TIME_WIDTH - 12, 18, "seconds", "head time")]
    for lane in columns.values():
        name, under = TITLES[lane.name]
        middle = lane.name == "wire"
        x, style = (lane.x + lane.width / 2, "head middle") if middle else (lane.x + 12, "head")
        parts += [svg.text(x, 16, name, style), svg.text(x, 31, under, f"{style} under")]
    return parts


def _edges(columns: dict[str, Lane], height: float) -> list[str]:
    lines = [svg.line((lane.x, 0), (lane.x, height), "edge") for lane in columns.values() if lane.name != "wire"]
    wire = columns["wire"]
    return lines + [svg.line((x, 0), (x, height), "rail") for x in (wire.x, wire.end)]


def _bar(bar: Bar, lane: Lane, rows: int) -> str:
    top = y_of(bar.start.row) - 4
    bottom = y_of(bar.end.row if bar.end else rows) - (7 if bar.end else 10)
    x = lane.x + (8 if bar.mood != "sleep" else 7) + bar.track * 6
    return svg.rect(x, top, 4, bottom - top, f"bar {bar.mood}")


def _arrow(arrow: Arrow, wire: Lane, subject: str) -> str:
    """A line from the sender's rail to the receiver's; half the way for what was lost, held or injected."""
    packet = arrow.packet
    left, right = (_rail(packet.src, wire, subject), _rail(packet.dst, wire, subject))
    middle = wire.x + wire.width / 2
    start_row = arrow.start.row if arrow.start else arrow.end.row if arrow.end else 0
    end_row = arrow.end.row if arrow.end else start_row
    start = (left if arrow.start else middle, y_of(start_row))
    end = (right if arrow.fate == "arrived" else middle, y_of(end_row))
    style = f"packet {arrow.style}"
    if left == right and arrow.fate == "arrived":
        return _loop(start, end, style, wire)
    ends = {
        "arrived": svg.arrow_head(start, end, f"tip {arrow.style}"),
        "lost": svg.cross(end, "lost"),
        "held": svg.line((end[0], end[1] - 5), (end[0], end[1] + 5), f"{style} held"),
    }
    return svg.line(start, end, f"{style} {arrow.fate}") + ends[arrow.fate]


def _loop(start: svg.Point, end: svg.Point, style: str, wire: Lane) -> str:
    """A packet that ends on the side where it began: between two others, or to oneself."""
    out = start[0] + (56 if start[0] == wire.x else -56)
    n = svg.number
    path = f"M{n(start[0])} {n(start[1])}C{n(out)} {n(start[1])} {n(out)} {n(end[1])} {n(end[0])} {n(end[1])}"
    return f'<path class="{style}" d="{path}"/>' + svg.arrow_head((out, end[1]), end, style.replace("packet", "tip"))


def _rail(host: str, wire: Lane, subject: str) -> float:
    return wire.x if host == subject else wire.end


def _rows(
    drawn: Sequence[Drawn], columns: dict[str, Lane], subject: str, evidence: dict[int, str], tracks: dict[str, int]
) -> list[str]:
    principal = _principal(drawn, subject)

    def label(one: Drawn) -> str:
        lane = columns[one.lane]
        if isinstance(one.event, Packet):
            return _packet_label(one, lane, subject, principal)
        return _label(one, lane, 12 + 6 * tracks.get(one.lane, 0))

    return [_row(one, label(one), evidence.get(one.number, "")) for one in drawn]


def _row(one: Drawn, label: str, blame: str) -> str:
    """The row of an event, drawn around its middle line."""
    told = svg.caption(one, f", evidence of {blame}" if blame else "")
    time = f'<text x="{TIME_WIDTH - 12}" y="4" class="time">{one.seconds}</text>'
    return svg.event((0, y_of(one.row)), "e", one.number, f"{told}{HIT}{time}{BLAME if blame else ''}{label}")


def _label(one: Drawn, lane: Lane, indent: float) -> str:
    room = int((lane.width - indent - 6) / CHARACTER.get(lane.name, ANY_CHARACTER))
    return svg.text(lane.x + indent, 4, one.label, _style(one), room)


def _style(one: Drawn) -> str:
    if isinstance(one.event, (State, TcpState)):
        return "label state"
    if one.lane == "calls":
        return f"label call{' ready' * isinstance(one.event, Ready)}{' wait' * isinstance(one.event, Wait)}"
    return "label"


def _packet_label(one: Drawn, wire: Lane, subject: str, principal: str) -> str:
    """At the sender's end above the line; an arrival is only a dot on the receiver's rail, a loss says so."""
    packet = one.event
    assert isinstance(packet, Packet)
    x, away = _rail(packet.src, wire, subject), 1 if packet.src == subject else -1
    if packet.phase == "arrived" and "injected" not in packet.tags:
        return svg.dot((_rail(packet.dst, wire, subject), 0), "landing")
    other = packet.dst if packet.src == subject else packet.src
    named = f"{other} · {one.label}" if other != principal else one.label
    noted = " ".join((named, *(f"[{tag}]" for tag in packet.tags)))
    style = "label packet-label" + (" end" if away < 0 else "")
    if packet.phase == "dropped":
        return svg.text(x + away * (wire.width / 2 + 12), 4, "lost " + noted[len(named) :], style, 20)
    return svg.text(x + away * 9, -2, noted, style, int(wire.width / ANY_CHARACTER) - 3)


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
