"""An excerpt: lines of the trace that a scenario writes out, to be found in this order or not to be found at all.

Lines are written as the notation has them, lane and body, and `*` stands for anything:

    client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
    client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP
    wire    server >> client  RA*
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.events import Event
from harness.notation import body, lane_of
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, passed, passed_by_absence


def in_order(trace: Trace, wanted: Sequence[str]) -> Verdict:
    """Whether all lines are there, each after the one before; other lines may stand between."""
    seen: list[Event] = []
    events = iter(trace.events)
    for line in wanted:
        pattern = _pattern(line)
        found = next((event for event in events if pattern.fullmatch(_written(event, trace))), None)
        if found is None:
            place = f" after line {len(seen)} of the excerpt" if seen else ""
            return failed_by_absence(f"the trace has no `{_one_space(line)}`{place}{_like(line, trace)}", *seen[-1:])
        seen.append(found)
    return passed(*seen)


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
