"""What the program says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.events.event import Event, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Event):
    """A state transition in the subject's journal."""

    point: ClassVar[Point] = "subject"
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Event):
    """A callback as the spec names it, with its arguments as text: `errorEncountered`, `ECONNREFUSED`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    args: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Event):
    """Anything else that the journal tells: `Fact(name="local", text="10.0.0.1:40000")`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    text: str = ""
