"""Small pieces of SVG as text, everything that is not ours escaped. Places are whole pixels."""

from __future__ import annotations

from math import hypot

from harness.plain import markup, shortened
from reports.drawing.lanes import Drawn

Point = tuple[int, int]


def number(value: float) -> str:
    """A whole number as it is, any other with one decimal."""
    return str(value) if type(value) is int else f"{value:.1f}"


def text(x: int, y: int, label: str, style: str = "", width: int = 0) -> str:
    """A label at its baseline, cut at `width` characters if given."""
    shown = shortened(label, width) if width else label
    named = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}"{named}>{markup(shown)}</text>'


def title(label: str) -> str:
    """What a pointer shows on hovering, and what a screen reader says."""
    return f"<title>{markup(label)}</title>"


def caption(one: Drawn, more: str = "") -> str:
    """What an event says on hovering: its number, label and time; whose TCP it is that is not the subject's."""
    whose = f"{markup(one.event.who)} " if one.lane == "peer_tcp" else ""
    return f"<title>{one.number}: {whose}{markup(one.label)} at {one.seconds} s{markup(more)}</title>"


def rect(x: int, y: int, width: int, height: int, style: str) -> str:
    return f'<rect class="{style}" x="{x}" y="{y}" width="{max(width, 0)}" height="{max(height, 0)}"/>'


def line(start: Point, end: Point, style: str) -> str:
    return f'<line class="{style}" x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"/>'


def path(points: str, style: str) -> str:
    return f'<path class="{style}" d="{points}"/>'


def arrow_head(start: Point, end: Point, style: str, size: float = 7) -> str:
    """A triangle at `end`, pointing away from `start`."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1) or 1
    across, down = (x2 - x1) / length * size, (y2 - y1) / length * size
    back_x, back_y = x2 - across, y2 - down
    one = f"{back_x - down / 2:.1f},{back_y + across / 2:.1f}"
    other = f"{back_x + down / 2:.1f},{back_y - across / 2:.1f}"
    return f'<polygon class="{style}" points="{x2},{y2} {one} {other}"/>'


def cross(at: Point, style: str, size: int = 5) -> str:
    x, y = at
    falling = line((x - size, y - size), (x + size, y + size), style)
    return falling + line((x - size, y + size), (x + size, y - size), style)


def dot(at: Point, style: str) -> str:
    return f'<circle class="{style}" cx="{at[0]}" cy="{at[1]}" r="2.5"/>'


def event(x: int, y: int, prefix: str, event_number: int, body: str, *, first: bool = False) -> str:
    """An event as an element of its own that leads to its line in the log; `body` is drawn around its place.

    Only the `first` of a drawing is a stop of the tabulator: the arrow keys go on from there.
    """
    return (
        f'<a id="{prefix}{event_number}" class="event" data-n="{event_number}" href="#l{event_number}" '
        f'transform="translate({x} {y})" tabindex="{0 if first else -1}">{body}</a>'
    )


def document(width: int, height: int, label: str, style: str, body: str) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    named = f'class="{style}" role="group" aria-label="{markup(label)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {named} {size}>{body}</svg>'
