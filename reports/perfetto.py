"""Writes a trace in Chrome's trace event format, which ui.perfetto.dev and chrome://tracing open.

Each point of observation is a process, each lane of the diagram a thread of it. States and calls are slices that last,
packets are asynchronous slices from their leaving to their arrival, everything else is an instant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness import notation
from harness.events import Call, Packet
from reports.drawing.arrows import Arrow, arrows
from reports.drawing.bars import Bar, state_bars
from reports.drawing.lanes import ORDER, TITLES, Drawn, place
from reports.store import Stored

PROCESSES = {
    "program": 1, "calls": 1, "ready": 1, "tcp": 1, "wire": 2, "peer_tcp": 3, "peer": 3, "lab": 4,
}  # fmt: skip
NAMES = {1: "subject", 2: "wire", 3: "others", 4: "lab"}
THREADS = {lane: number for number, lane in enumerate(ORDER, 1)}

Record = dict[str, Any]


def render(stored: Stored) -> str:
    """The JSON of one case, one event a line. Times are microseconds since the trace began, with three decimals."""
    records = ",\n".join(json.dumps(one, ensure_ascii=True, sort_keys=True) for one in _records(stored))
    return f'{{"displayTimeUnit": "ns", "traceEvents": [\n{records}\n]}}\n'


def _records(stored: Stored) -> Iterator[Record]:
    drawn = place(stored.events, stored.subject_host)
    end_ns = drawn[-1].after_ns if drawn else 0
    yield from _names(sorted({one.lane for one in drawn}, key=ORDER.index))
    for bar in state_bars(drawn):
        yield _state(bar, end_ns)
    for number, arrow in enumerate(arrows(drawn), 1):
        yield from _packet(arrow, number, end_ns)
    for one in drawn:
        if not isinstance(one.event, Packet):
            yield _happening(one)


def _names(lanes: list[str]) -> Iterator[Record]:
    for process in sorted({PROCESSES[lane] for lane in lanes}):
        yield {"ph": "M", "name": "process_name", "pid": process, "args": {"name": NAMES[process]}}
    for lane in lanes:
        known = {"ph": "M", "pid": PROCESSES[lane], "tid": THREADS[lane]}
        yield {**known, "name": "thread_name", "args": {"name": " ".join(TITLES[lane])}}
        yield {**known, "name": "thread_sort_index", "args": {"sort_index": THREADS[lane]}}


def _state(bar: Bar, end_ns: int) -> Record:
    """A state of its own track for each socket: slices of one thread must not overlap."""
    until_ns = bar.end.after_ns if bar.end else end_ns
    times = {"ts": _us(bar.start.after_ns), "dur": _us(until_ns - bar.start.after_ns)}
    track = THREADS[bar.lane] + len(ORDER) * (bar.track + 1)
    return {"ph": "X", "cat": "state", "name": bar.state, "pid": PROCESSES[bar.lane], "tid": track, **times}


def _packet(arrow: Arrow, number: int, end_ns: int) -> Iterator[Record]:
    known = arrow.start or arrow.end
    assert known is not None
    last = arrow.end.after_ns if arrow.end else end_ns
    fate = "" if arrow.fate == "arrived" else f" {arrow.fate}"
    name = f"{arrow.packet.src} > {arrow.packet.dst} {arrow.label}{fate}"
    shared = {"cat": "packet", "id": number, "name": name, "pid": PROCESSES["wire"], "tid": THREADS["wire"]}
    yield {"ph": "b", "ts": _us(known.after_ns), "args": _said(known), **shared}
    yield {"ph": "e", "ts": _us(last), **shared}


def _happening(one: Drawn) -> Record:
    event = one.event
    known = {"cat": event.point, "name": one.label, "pid": PROCESSES[one.lane], "tid": THREADS[one.lane]}
    known |= {"ts": _us(one.after_ns), "args": _said(one)}
    if isinstance(event, Call) and event.until_ns > event.at_ns:
        return {"ph": "X", "dur": _us(event.until_ns - event.at_ns), **known}
    return {"ph": "i", "s": "t", **known}


def _said(one: Drawn) -> dict[str, Any]:
    return {"event": one.number, "text": notation.body(one.event), "source": one.event.source}


def _us(nanoseconds: int) -> float:
    return round(nanoseconds / 1000, 3)
