"""What a recorder makes of one recording: its events, and how far it is to be trusted."""

from __future__ import annotations

from typing import NamedTuple

from harness.events import Event
from harness.recorders.spoken import MOST_DATA


class Recorded(NamedTuple):
    """`events` in the order of their times. `cut` if something is missing; `strays` are the lines nobody understood."""

    events: list[Event]
    cut: bool = False
    strays: list[str] = []  # noqa: RUF012 - a NamedTuple's default, never changed


def data_text(data: bytes) -> str:
    """The start of some bytes, one character for each byte, so that a place in the text is a place in the data."""
    return data[:MOST_DATA].decode("latin-1")
