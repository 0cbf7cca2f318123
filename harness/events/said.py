"""What the program says of itself."""

from __future__ import annotations

from typing import ClassVar

from harness.events.event import Event, Point


class State(Event, frozen=True, kw_only=True):
    """A state transition in the subject's journal."""

    point: ClassVar[Point] = "subject"
    old: str = ""
    new: str = ""


class Callback(Event, frozen=True, kw_only=True):
    """A callback as the spec names it, with its arguments as text: `errorEncountered`, `ECONNREFUSED`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    args: str = ""


class Fact(Event, frozen=True, kw_only=True):
    """Anything else that the journal tells: `Fact(name="local", text="10.0.0.1:40000")`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    text: str = ""
