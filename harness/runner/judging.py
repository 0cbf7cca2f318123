"""From what the witnesses left to a judged trace: parse, merge, judge."""

from __future__ import annotations

from typing import NamedTuple

from harness import checker
from harness.case import Case
from harness.events import Event, Mark, Point
from harness.recorders import journal, kernel, lab, launcher, merge, strace, wire
from harness.recorders.recorded import Recorded
from harness.result import CaseResult
from harness.runner.evidence import Evidence, Said


class Recording(NamedTuple):
    """The lab's evidence, and strace's lines (None if nobody traced); `complete` if the tracer told every end."""

    evidence: Evidence
    calls: bytes | None
    complete: bool


def judged(case: Case, recording: Recording) -> tuple[CaseResult, list[Event]]:
    """The result without times and directory, and the merged trace it rests on."""
    evidence = recording.evidence
    if evidence.fault:
        return _faulty(case, evidence), []
    events, cut = _events(case, recording)
    points = _points(case, recording)
    self_reported = recording.calls is None
    kernel = evidence.surroundings.get("kernel", "")
    trace = checker.trace_of(case, events, points=points, cut=cut, self_reported=self_reported, kernel=kernel)
    stdout = evidence.programs[-1].stdout.decode("utf-8", "replace")
    return checker.judge(trace, case, stdout=stdout), events


def _faulty(case: Case, evidence: Evidence) -> CaseResult:
    """The rig failed: nothing is known about the subject."""
    reason = f"{evidence.fault}; {evidence.remedy}" if evidence.remedy else evidence.fault
    trace = checker.trace_of(case, [Mark(at_ns=0, who="lab", name="rig-error", text=reason)])
    return checker.judge(trace, case)


def _events(case: Case, recording: Recording) -> tuple[list[Event], set[Point]]:
    """All events in one order, and the points whose recording is incomplete."""
    evidence = recording.evidence
    cut: set[Point] = set() if recording.complete else {"syscall"}
    cut |= {"kernel"} if evidence.doubts else set()
    streams: list[list[Event]] = [
        wire.events(case.plan, evidence.log),
        kernel.events(evidence.log),
        lab.events(evidence.log),
        [Mark(at_ns=at_ns, who="lab", name=name, text=text) for at_ns, name, text in evidence.marks],
        [lab.ended(said.ended_ns, said.who, said.status) for said in evidence.programs if said.status is not None],
    ]
    lines = recording.calls.decode("utf-8", "backslashreplace") if recording.calls is not None else None
    for said in evidence.programs:
        told = journal.parse(said.journal, who=said.who)
        calls = _calls(said, lines)
        streams += [told.events, calls.events]
        if said is evidence.programs[-1]:
            cut |= {"subject"} if told.cut or said.overflowed else set()
            cut |= {"syscall"} if calls.cut else set()
    return merge.merge(*streams), cut


def _calls(said: Said, lines: str | None) -> Recorded:
    if lines is None:
        return launcher.parse(said.calls, who=said.who)
    return strace.parse(lines, who=said.who, root=said.traced_pid, since_ns=said.since_ns)


def _points(case: Case, recording: Recording) -> set[Point]:
    """Where somebody watched. Without strace a program that is no toy of ours tells nothing of its calls."""
    points: set[Point] = {"subject", "syscall", "wire", "kernel", "lab"}
    if recording.calls is None and not recording.evidence.programs[-1].calls:
        points.discard("syscall")
    return points
