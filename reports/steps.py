"""A handshake in steps: for each packet, what the pollers and the kernels of both ends say after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from harness.events import Connect, Event, Packet, PeerReady, Ready, TcpState

NOTHING = "-"
COLUMNS = ("what happened", "client epoll", "client TCP", "listener", "server TCP")


class Row(NamedTuple):
    """One step: what it was, and the state of everybody when nothing more came of it."""

    what: str
    client_ready: str
    client_tcp: str
    listener: str
    server_tcp: str


def rows(events: tuple[Event, ...], subject: str = "client") -> list[Row]:
    """The steps of a recorded case: connect(), and every TCP segment as it leaves and as it arrives."""
    now = dict.fromkeys(("client_ready", "client_tcp", "listener", "server_tcp"), NOTHING)
    found: list[Row] = []
    for what, group in _steps(events, subject):
        for event in group:
            _note(event, subject, now)
        if what:
            found.append(Row(what, **now))
    return found


def table(events: tuple[Event, ...], subject: str = "client") -> str:
    """The steps as a table of text."""
    lines = [COLUMNS, *rows(events, subject)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    texts = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{text.rstrip()}\n" for text in texts)


def _steps(events: tuple[Event, ...], subject: str) -> Iterator[tuple[str, list[Event]]]:
    """Each step with all that came before the next one."""
    what, group = "", list[Event]()
    for event in events:
        if begun := _begins(event, subject):
            yield what, group
            what, group = begun, []
        group.append(event)
    yield what, group


def _begins(event: Event, subject: str) -> str:
    """What this event begins, if it is a step."""
    if isinstance(event, Connect) and event.who == subject:
        return f"connect() = {event.error or '0'}"
    if isinstance(event, Packet) and event.proto == "tcp" and event.phase != "dropped":
        does = "leaves for" if event.phase == "sent" else "arrives at"
        where = event.dst
        return f"{event.flags:<2} of {event.src} {does} {where}"
    return ""


def _note(event: Event, subject: str, now: dict[str, str]) -> None:
    if isinstance(event, Ready) and event.who == subject:
        now["client_ready"] = event.mask
    elif isinstance(event, PeerReady) and event.name == "listener":
        now["listener"] = NOTHING if event.mask == "0" else event.mask
    elif isinstance(event, TcpState):
        now["client_tcp" if event.who == subject else "server_tcp"] = event.new
