"""Draws a case as a flow at a terminal: the subject on the left, the others on the right, packets as arrows between.

0.024192  connect(10.0.0.2:9) = EINPROGRESS   |  SYN ------------------->  |
0.024606                                      |  <-------------- RST ACK  |
"""

from __future__ import annotations

from harness.events import Packet, State
from reports.ansi import Paint, cells, fit
from reports.drawing.lanes import Drawn, place
from reports.evidence import blame
from reports.store import Stored

TIME = 10
NARROWEST = 72
WIRE_SHARE, LEFT_SHARE = 0.30, 0.42
OURS = ("program", "calls", "ready", "tcp")
WORDS = {"tcp": "TCP ", "peer_tcp": "TCP ", "ready": "ready: "}
"""A TCP state and a readiness look like nothing without the word for them."""


def render(stored: Stored, color: bool = False, width: int = 100) -> str:
    """Every event of the case, one a line, evidence of what went wrong marked with `>`."""
    paint, width = Paint(color), max(width, NARROWEST)
    wire = int((width - TIME - 4) * WIRE_SHARE)
    left = int((width - TIME - 4) * LEFT_SHARE)
    right = width - TIME - 6 - wire - left
    blamed = blame(stored.result)
    lines = [_heads(stored, left, wire, right)]
    for one in place(stored.events, stored.subject_host):
        if one.pause_ns:
            lines.append(paint("dim", f"{'':<{TIME}}  + {one.pause_ns / 1e6:.0f} ms"))
        line = f"{'>' if one.number in blamed else ' '}{one.seconds:>{TIME}} {_row(one, stored, left, wire, right)}"
        lines.append(paint(_shade(one, blamed), line.rstrip()))
    return "\n".join([*lines, ""])


def _heads(stored: Stored, left: int, wire: int, right: int) -> str:
    heads = f"{fit(stored.subject_host, left)} |{'wire':^{wire}}| {fit('others and the lab', right)}"
    return f" {'seconds':>{TIME}} {heads}".rstrip()


def _row(one: Drawn, stored: Stored, left: int, wire: int, right: int) -> str:
    if isinstance(one.event, Packet):
        return f"{'':<{left}} |{_arrow(one, one.event, stored.subject_host, wire)}|"
    said = ("state " if isinstance(one.event, State) else WORDS.get(one.lane, "")) + one.label
    if one.lane in OURS:
        return f"{fit(said, left)} |{'':<{wire}}|"
    return f"{'':<{left}} |{'':<{wire}}| {fit(said, right)}"


def _arrow(one: Drawn, packet: Packet, subject: str, width: int) -> str:
    """An arrow that leaves with its label, and arrives with a bare point; a cross for what was lost."""
    outward = packet.src == subject
    if packet.phase == "dropped":
        return fit("x lost".center(width), width)
    if packet.phase == "arrived":
        return f"{'>':>{width}}" if outward else f"{'<':<{width}}"
    label = fit(one.label, min(cells(one.label), width - 6)).rstrip()
    shaft = "-" * (width - cells(label) - 4)
    return f" {label} {shaft}> " if outward else f" <{shaft} {label} "


def _shade(one: Drawn, blamed: dict[int, str]) -> str:
    if one.number in blamed:
        return "fail"
    return "bold" if one.lane == "ready" else "dim" if one.lane == "lab" else "none"
