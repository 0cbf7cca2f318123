"""The cost of judging by the length of the trace: `python -m bench.judging [EVENTS]`, up to a million if not told.

Three shapes, because clauses look in different ways: one connection that goes on and on, one attempt after another that
succeeds, and one after another that is refused. Linear means that the time for an event stays what it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from harness import checker
from harness.case import Case, Program
from harness.events import Event
from harness.notation import parse
from netns.plan import Plan

DIALLING = """\
client  socket(inet, stream, nonblock) = sock1
journal state idle -> connecting
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  watch(sock1, OUT) = 0
wire    client:40000 > server:9  S
wire    client:40000 >> server:9  S
"""
OPENING = f"""\
{DIALLING}\
wire    server:9 > client:40000  SA
wire    server:9 >> client:40000  SA
client  wait(-1) = 1
client  ready(sock1) = OUT
client  getsockopt(sock1, SO_ERROR) = 0
client  getpeername(sock1) = 10.0.0.2:9
client  getsockname(sock1) = 10.0.0.1:40000
journal state connecting -> connected
client  watch(sock1, IN|RDHUP) = 0
"""
TURN = """\
wire    server:9 > client:40000  PA 5
wire    server:9 >> client:40000  PA 5
client  wait(-1) = 1
client  ready(sock1) = IN
client  recv(sock1, 4096) = 5 "hello"
client  recv(sock1, 4096) = -1 EAGAIN
journal callback inputReady(5)
wire    client:40000 > server:9  A
wire    client:40000 >> server:9  A
"""
ENDING = """\
client  unwatch(sock1) = 0
client  close(sock1) = 0
journal state connected -> closed
"""
REFUSAL = f"""\
{DIALLING}\
wire    server:9 > client:40000  RA
wire    server:9 >> client:40000  RA
client  wait(-1) = 1
client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP
client  getsockopt(sock1, SO_ERROR) = ECONNREFUSED
client  unwatch(sock1) = 0
client  close(sock1) = 0
journal state connecting -> error
journal fact error refused: connection refused
journal callback errorEncountered(ECONNREFUSED)
"""
CASE = Case(
    id="bench", spec="toy9", scenario="bench", axes={}, file="", line=1, why="", plan=Plan(),
    subject=Program(on="client", argv=("toy9",)), target_host="10.0.0.2", target_port=9,
)  # fmt: skip


def one_connection(count: int) -> Iterator[Event]:
    """A connection with as many turns as make up `count` events."""
    opening, turn, ending = parse(OPENING), parse(TURN), parse(ENDING)
    yield from opening
    for _ in range((count - len(opening) - len(ending)) // len(turn)):
        yield from (replace(event) for event in turn)
    yield from ending


def many_attempts(count: int) -> Iterator[Event]:
    """One short connection after another, each with a socket and a port of its own."""
    yield from _repeated(OPENING + TURN + ENDING, count)


def many_refusals(count: int) -> Iterator[Event]:
    yield from _repeated(REFUSAL, count)


def _repeated(text: str, count: int) -> Iterator[Event]:
    whole = parse(text)
    for number in range(1, count // len(whole) + 1):
        yield from (_of_attempt(event, number) for event in whole)


def _of_attempt(event: Event, number: int) -> Event:
    changed: dict[str, Any] = {}
    if getattr(event, "sock", ""):
        changed["sock"] = f"sock{number}"
    for field in ("sport", "dport"):
        if getattr(event, field, 0) == 40000:
            changed[field] = 10_000 + number % 50_000
    if getattr(event, "address", "").endswith(":40000"):
        changed["address"] = f"10.0.0.1:{10_000 + number % 50_000}"
    return replace(event, **changed)


SHAPES = (one_connection, many_attempts, many_refusals)


def main(most: int) -> None:
    print("judging, by the length of the trace: seconds of processor time, and microseconds for each event\n")
    print(f"{'events':>10}" + "".join(f"  {shape.__name__.replace('_', ' '):>22}" for shape in SHAPES))
    for count in (10**power for power in range(3, 7) if 10**power <= most):
        told = [_seconds(list(shape(count))) for shape in SHAPES]
        print(f"{count:>10,}  " + "  ".join(f"{took_s:>11.3f} s {took_s / count * 1e6:>6.1f} us" for took_s in told))


def _seconds(events: list[Event]) -> float:
    placed = [replace(event, at_ns=number * 1_000) for number, event in enumerate(events)]
    trace = checker.trace_of(CASE, placed)
    begun = time.process_time()
    checker.judge(trace, CASE, stdout="")
    return time.process_time() - begun


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000)
