"""An excerpt: lines of the trace that a scenario writes out, to be found in this order or not to be found at all.

Lines are written as the notation has them, lane and body, and `*` stands for anything:

    client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
    client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP
    wire    server >> client  RA*

A state of the kernel's stands where it was seen: where the lab looked next, or by the tracepoint where it changed. So
such a line may also be found before lines of other lanes, back to the last act of the lab that the excerpt names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.events import DnsAnswer, Event, Packet, Peer, TcpState
from harness.notation import body, lane_of
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, passed, passed_by_absence


def in_order(trace: Trace, wanted: Sequence[str]) -> Verdict:
    """Whether all lines are there, each after the one before; other lines may stand between."""
    seen: list[Event] = []
    here = act = 0  # where the search goes on, and where it does for a state
    for line in wanted:
        found = _next(trace, line, act if _is_state(line) else here)
        if found is None:
            place = f" after line {len(seen)} of the excerpt" if seen else ""
            return failed_by_absence(f"the trace has no `{_one_space(line)}`{place}{_like(line, trace)}", *seen[-1:])
        event = trace.events[found]
        here = max(here, found + 1)
        act = found + 1 if _is_of_order(event) else act
        seen.append(event)
    return passed(*seen)


def _next(trace: Trace, line: str, start: int) -> int | None:
    """The place of the first event from there on that is written so."""
    pattern = _pattern(line)
    places = range(start, len(trace.events))
    return next((place for place in places if pattern.fullmatch(_written(trace.events[place], trace))), None)


def _is_state(line: str) -> bool:
    return line.split()[:1] == ["kernel"] and " -> " in line


def _is_of_order(event: Event) -> bool:
    """Whether a state that is written after this can only have come after it: an act of the lab, or another state."""
    return isinstance(event, (DnsAnswer, Peer, TcpState)) or (isinstance(event, Packet) and event.phase == "arrived")


def nowhere(trace: Trace, unwanted: Sequence[str]) -> Verdict:
    """Whether none of the lines is there."""
    for line in unwanted:
        pattern = _pattern(line)
        if found := next((event for event in trace.events if pattern.fullmatch(_written(event, trace))), None):
            return failed(f"the trace must not have `{_one_space(line)}`", found)
    return passed_by_absence()


def _like(line: str, trace: Trace) -> str:
    """What the trace has in the place of a line: the same call on the same socket with another result."""
    head = _one_space(line).rpartition(" = ")[0]
    told = [text for event in trace.events if head and (text := _written(event, trace)).startswith(f"{head} = ")]
    return f"; it has `{'`, `'.join(dict.fromkeys(told))}`" if told else ""


def _written(event: Event, trace: Trace) -> str:
    return _one_space(f"{lane_of(event, trace.subject)} {body(event)}")


def _one_space(line: str) -> str:
    return " ".join(line.split())


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, _one_space(line).split("*"))))
