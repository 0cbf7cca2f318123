"""Draws the states that a program went through: known states in a row, an arc for each transition that was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.events import Event, State, TcpState
from reports.drawing import svg
from reports.drawing.lanes import mood_of

HEIGHT, GAP, MARGIN = 30, 86, 14
CHARACTER = 7.4
RISE, STEEPEST = 26, 5
MOST_STEPS = 4
Edges = dict[tuple[str, str], list[int]]


@dataclass(frozen=True, slots=True)
class Box:
    """A state: where it stands, whether it was ever entered, whether the program ended in it."""

    state: str
    x: int
    width: int
    taken: bool
    last: bool

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def end(self) -> int:
        return self.x + self.width


def transitions(events: Iterable[Event], subject: str) -> tuple[type[Event], list[tuple[int, str, str]]]:
    """Number, old and new state of each transition that the subject told; those of its TCP if it told none."""
    numbered = list(enumerate(events))
    kinds: tuple[type[State] | type[TcpState], ...] = (State, TcpState)
    for kind in kinds:
        found = [(n, e.old, e.new) for n, e in numbered if isinstance(e, kind) and e.who in (subject, "")]
        if found:
            return kind, found
    return State, []


def machine(known: Sequence[str], taken: Sequence[tuple[int, str, str]]) -> str:
    """The drawing; empty if no transition was seen. `known` are the states of the spec, in their order."""
    if not taken:
        return ""
    edges: Edges = {}
    for step, (number, old, new) in enumerate(taken, 1):
        edges.setdefault((old, new), []).append(step if len(taken) < 1000 else number)
    boxes = _boxes(known, taken)
    order = {state: place for place, state in enumerate(boxes)}
    reach = max(abs(order[new] - order[old]) for old, new in edges)
    above = MARGIN + min(max(reach - 1, 1), STEEPEST) * RISE
    below = MARGIN + (RISE if any(order[new] <= order[old] for old, new in edges) else 0) * min(reach, STEEPEST)
    first = {(old, new): number for number, old, new in reversed(taken)}
    body = [_edge(pair, steps, boxes, order, above, first[pair]) for pair, steps in edges.items()]
    body += [_box(box, above) for box in boxes.values()]
    width = max(box.end for box in boxes.values()) + MARGIN
    return svg.document(width, above + HEIGHT + below, "States and the transitions taken", "machine", "".join(body))


def _boxes(known: Sequence[str], taken: Sequence[tuple[int, str, str]]) -> dict[str, Box]:
    seen = dict.fromkeys(state for _, old, new in taken for state in (old, new))
    boxes: dict[str, Box] = {}
    x = MARGIN
    for state in dict.fromkeys((*known, *seen)):
        width = max(int(len(state) * CHARACTER) + 22, 56)
        boxes[state] = Box(state, x, width, state in seen, state == taken[-1][2])
        x += width + GAP
    return boxes


def _box(box: Box, top: int) -> str:
    mood = mood_of(box.state) if box.taken else "never"
    ring = svg.rect(box.x - 4, top - 4, box.width + 8, HEIGHT + 8, "ring") if box.last else ""
    shape = svg.rect(box.x, top, box.width, HEIGHT, f"box {mood}")
    told = svg.title(f"{box.state}{', where it ended' * box.last}{', never entered' * (not box.taken)}")
    label = svg.text(box.middle, top + HEIGHT // 2 + 4, box.state, "middle state" if box.taken else "middle never")
    return f"<g>{told}{ring}{shape}{label}</g>"


def _edge(
    pair: tuple[str, str], steps: list[int], boxes: dict[str, Box], order: dict[str, int], top: int, number: int
) -> str:
    old, new = boxes[pair[0]], boxes[pair[1]]
    distance = order[pair[1]] - order[pair[0]]
    shown = ", ".join(map(str, steps[:MOST_STEPS])) + (f" … {len(steps)} times" if len(steps) > MOST_STEPS else "")
    path, tip, at = _straight(old, new, top) if distance == 1 else _arc(old, new, distance, top)
    told = svg.title(f"step {shown}: {pair[0]} to {pair[1]}")
    label = svg.text(at[0], at[1], shown, "middle step")
    return f'<a class="hop" href="#e{number}" data-n="{number}">{told}{svg.path(path, "way")}{tip}{label}</a>'


def _straight(old: Box, new: Box, top: int) -> tuple[str, str, svg.Point]:
    y, end = top + HEIGHT // 2, new.x - (5 if new.last else 1)
    path = f"M{svg.number(old.end)} {svg.number(y)}H{svg.number(end - 6)}"
    return path, svg.arrow_head((old.end, y), (end, y), "point"), ((old.end + end) // 2, y - 6)


def _arc(old: Box, new: Box, distance: int, top: int) -> tuple[str, str, svg.Point]:
    """Forward over the states between, backward (or to itself) under them."""
    forward = distance > 1
    y = top if forward else top + HEIGHT
    sign = -1 if forward else 1
    lift = sign * RISE * min(max(abs(distance) - 1, 1), STEEPEST) * 4 / 3
    aside = 12 if forward else -12
    start, end = old.middle + aside, new.middle - aside
    stop = y + sign * (5 if new.last else 1)
    n = svg.number
    path = f"M{n(start)} {n(y)}C{n(start)} {n(y + lift)} {n(end)} {n(y + lift)} {n(end)} {n(stop + sign * 6)}"
    label = ((start + end) // 2, y + int(lift * 3 / 4) + (-5 if forward else 13))
    return path, svg.arrow_head((end, stop + sign * 9), (end, stop), "point"), label
