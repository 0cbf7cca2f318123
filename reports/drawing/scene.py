"""Gathers what every drawing of a case is made of: events in their places, what lasted, what crossed the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reports.drawing.arrows import Arrow, arrows
from reports.drawing.bars import Bar, sleeps, state_bars
from reports.drawing.lanes import Drawn


class Scene(NamedTuple):
    """`evidence` maps the numbers of events that a refusal rests on to the clauses that refused."""

    drawn: Sequence[Drawn]
    subject: str
    evidence: dict[int, str]
    bars: Sequence[Bar]
    arrows: Sequence[Arrow]


def scene(drawn: Sequence[Drawn], subject: str, evidence: dict[int, str]) -> Scene:
    return Scene(drawn, subject, evidence, [*state_bars(drawn), *sleeps(drawn)], arrows(drawn))
