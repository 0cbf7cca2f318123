"""What the lab of a case knows of the kernel's TCP sockets: by its looks, and by the tracepoint if it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.case import Case
from netns.builder import Ground
from netns.kernel import StateWatch
from netns.log import Entry

if TYPE_CHECKING:  # a lab that nobody asked for the tracepoint does without it
    from harness.runner.handover import Traced
    from netns.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Watching:
    """`watch` looks when it is told to; `drain` is to be called often, and now when poll(2) reports one of `alarms`."""

    watch: StateWatch
    end: Callable[[int, Iterable[Entry]], tuple[list[Entry], tuple[str, ...]]]
    """From CLOCK_REALTIME less CLOCK_MONOTONIC and the frames: what is told, and why that may be incomplete."""
    taps: tuple[Callable[[], object], ...] = ()
    alarms: tuple[int, ...] = ()


def begin(traced: Traced | None) -> Tracing | None:
    """Before the ground is built, so that no socket is older than what is told of it."""
    if traced is None:
        return None
    from netns.tracing import Tracing

    return Tracing(*traced)


def watching(case: Case, ground: Ground, tracing: Tracing | None) -> Watching:
    if tracing is None:
        looking = StateWatch(ground)
        return Watching(looking, partial(_looked, looking))
    from netns.tracing import TracedWatch, host_of

    watch = TracedWatch(ground, tracing)
    find = host_of(case.plan, _home(case))

    def end(ahead_ns: int, seen: Iterable[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
        told = watch.end(ahead_ns, find, seen)
        return [*told.entries], tuple(told.doubts)

    return Watching(watch, end, (tracing.drain,), tracing.alarms)


def _looked(watch: StateWatch, ahead_ns: int, seen: Iterable[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    watch.close()
    return watch.log, ()


def _home(case: Case) -> str:
    """The one host that programs run on; empty if they run on several."""
    hosts = {case.subject.on, *(program.on for program in case.programs)}
    return case.subject.on if len(hosts) == 1 else ""
