"""The checker: a trace and its case in, every verdict out, with what was missed weighed against what was seen.

It looks at nothing but its arguments, so a run can be judged again later, elsewhere, and by a newer spec.

Four rules stand above the clauses. A clause that crashes is inconclusive. A point of observation that was not there,
or whose recording was cut, can still convict by what it shows, but never acquit by what it does not. A case whose
surroundings went wrong (the clock stepped, a setting of the kernel moved) is inconclusive whatever the clauses say. A
figure that the kernel chose convicts nobody on a kernel where it was never measured (`harness.kernels`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from harness.branches import branches
from harness.canonical import digest
from harness.case import Case
from harness.claims import Claims
from harness.clause import Clause
from harness.events import POINTS, Event, Mark, Packet, Point
from harness.expect import NEEDS, NO_JOURNAL, error_of, exit_of, expectations, states_of
from harness.kernels import Kernels, weighed
from harness.notation import body
from harness.result import CaseResult, Judgement
from harness.spec import clauses_of
from harness.trace import Trace
from harness.tried import unless_it_tried
from harness.verdict import Verdict, failed, inconclusive, merge, not_applicable, passed, when_broken, without_missing

SCRIPTED = "calls"
"""The program that does what the scenario lists, and nothing of its own."""

SPOILS = {
    "clock-step": "the clock was set during the case",
    "knob": "a setting of the kernel moved during the case",
    "lost-frames": "frames were lost on their way to the recording",
    "missing-program": "not installed here",
    "nobody-listens": "the subject never listened for its clients",
    "rig-error": "the rig failed",
}
"""Milestones after which nothing can be concluded, and why."""


def trace_of(
    case: Case, events: Iterable[Event], *, points: Iterable[Point] = POINTS, cut: Iterable[Point] = (),
    self_reported: bool = False, kernel: str = "",
) -> Trace:  # fmt: skip
    """The trace of a case from what was recorded of it, on the kernel of that release."""
    settings = {**settings_of(case), **({"kernel": kernel} if kernel else {})}
    return Trace(
        events, points=points, cut=cut, subject=case.subject.on, self_reported=self_reported, settings=settings
    )


def settings_of(case: Case) -> dict[str, str]:
    """What the case says of itself and clauses may ask: its axes, family, target and the output that must arrive."""
    settings = {**case.axes, "family": case.plan.family}
    if case.target_host:
        settings["target"] = f"{case.target_host} {case.target_port}"
    if case.expect.received:
        settings["output"] = case.expect.received
    if case.subject.argv[:1] == (SCRIPTED,):
        settings["calls"] = "listed"
    return settings


def judge(
    trace: Trace, case: Case, *, clauses: Sequence[Clause] | None = None, stdout: str | None = None
) -> CaseResult:
    """Everything that can be said of the case; what only the runner knows (times, directory) is left at its default."""
    written = clauses_of(case.spec) if clauses is None else clauses
    judged = [(clause, judge_clause(clause, trace)) for clause in written]
    measured = Kernels.of(case.expect.kernels) if case.expect.kernels else None
    expected = [
        (name, weighed(weigh(verdict, NEEDS[name], trace), measured, trace.setting("kernel")))
        for name, verdict in expectations(case, trace, stdout)
    ]
    expected += _expected_of_clauses(case, {clause.id: verdict for clause, verdict in judged})
    evidence = [event for _, verdict in (*judged, *expected) for event in verdict.evidence]
    unclaimed = Claims(trace, map(trace.number, evidence)).unclaimed() if _sees_all(trace) else ()
    whole = _unless_unclaimed(_whole(trace, case, judged, [verdict for _, verdict in expected]), unclaimed)
    whole = unless_it_tried(whole, trace, case)
    return CaseResult(
        id=case.id, spec=case.spec, scenario=case.scenario, axes=dict(case.axes), file=case.file, line=case.line,
        why=case.why, subject=_name_of(case), verdict=whole.outcome, reason=whole.reason,
        clauses=tuple(_judgement(clause.id, verdict, trace, clause) for clause, verdict in judged),
        expectations=tuple(_judgement(name, verdict, trace) for name, verdict in expected),
        branches=branches(trace), canonical=digest(trace), self_reported=trace.self_reported,
        points=tuple(point for point in POINTS if point in trace.points),
        cut=tuple(point for point in POINTS if point in trace.cut),
        unclaimed=tuple(map(trace.number, unclaimed)),
        states=states_of(trace), error=error_of(trace), exit=exit_of(trace),
    )  # fmt: skip


def _name_of(case: Case) -> str:
    """The program under test by its name, the same in every case of a run; with the mutant's if it is one."""
    program = case.subject.argv[0].rpartition("/")[2]
    return f"{program} ({case.subject.mutant})" if case.subject.mutant else program


def judge_clause(clause: Clause, trace: Trace) -> Verdict:
    """The verdict of one clause, with everything weighed that was missed."""
    if "subject" in clause.needs and not trace.keeps_journal and "subject" not in trace.cut:
        return not_applicable(NO_JOURNAL)
    verdict = weigh(_guarded(clause, trace), clause.needs, trace)
    return weighed(verdict, clause.kernels, trace.setting("kernel"))


def weigh(verdict: Verdict, needs: frozenset[Point], trace: Trace) -> Verdict:
    """What remains of a verdict that needs these points, given what was watched and what was cut.

    Made anew and not by `replace`, as in `_named`: without strace this is asked of each clause that needs the calls.
    """
    if trace.self_reported and "syscall" in needs:
        verdict = Verdict(verdict.outcome, verdict.reason, verdict.evidence, verdict.by_absence, self_reported=True)
    absent = needs - trace.points
    if absent and verdict.outcome != "inconclusive":
        return _unless_seen(verdict, f"nothing was recorded at: {_names(absent)}")
    if needs & trace.cut and verdict.outcome != "inconclusive":
        reason = f"the recording is incomplete at: {_names(needs & trace.cut)}"
        return (
            _unless_seen(verdict, reason) if verdict.outcome == "not_applicable" else without_missing(verdict, reason)
        )
    return verdict


def _unless_seen(verdict: Verdict, missing: str) -> Verdict:
    if verdict.outcome == "fail" and not verdict.by_absence:
        return verdict
    return replace(inconclusive(missing, *verdict.evidence), self_reported=verdict.self_reported)


def _guarded(clause: Clause, trace: Trace) -> Verdict:
    try:
        verdict = clause(trace)
        for event in verdict.evidence:
            trace.number(event)
        return verdict
    except Exception as crash:  # whatever a clause trips over is its own fault, never the subject's
        return inconclusive(f"the clause crashed: {type(crash).__name__}: {crash}")


def _names(points: frozenset[Point]) -> str:
    return ", ".join(point for point in POINTS if point in points)


def _expected_of_clauses(case: Case, verdicts: dict[str, Verdict]) -> list[tuple[str, Verdict]]:
    return [(f"clauses.{id}", _expected_clause(id, wanted, verdicts)) for id, wanted in case.expect.clauses.items()]


def _expected_clause(id: str, wanted: str, verdicts: dict[str, Verdict]) -> Verdict:
    verdict = verdicts.get(id)
    if verdict is None:
        return inconclusive(f"there is no clause {id}")
    if verdict.outcome == wanted:
        return replace(
            passed(*verdict.evidence, reason=f"{id} is {wanted}, as expected"), by_absence=verdict.by_absence
        )
    make = inconclusive if verdict.outcome == "inconclusive" else failed
    return make(f"{id} should be {wanted}, it is {verdict.outcome}: {verdict.reason}", *verdict.evidence)


def _whole(trace: Trace, case: Case, judged: Sequence[tuple[Clause, Verdict]], expected: Sequence[Verdict]) -> Verdict:
    """All verdicts as one; of several broken clauses the one speaks that was broken first.

    A clause that the scenario expects to end as it did speaks through that expectation.
    """
    spoilt = next((mark for mark in trace.of(Mark) if mark.name in SPOILS), None)
    if spoilt:
        return inconclusive(f"{SPOILS[spoilt.name]}: {spoilt.text}" if spoilt.text else SPOILS[spoilt.name], spoilt)
    if not trace.events:
        return inconclusive("nothing was recorded")
    free = [
        _named(clause, verdict) for clause, verdict in judged if case.expect.clauses.get(clause.id) != verdict.outcome
    ]
    broken = [one for one in free if one.outcome == "fail"]
    broken.sort(key=lambda one: when_broken(one.by_absence, map(trace.number, one.evidence)))
    return merge([*broken, *free, *expected])


def _named(clause: Clause, verdict: Verdict) -> Verdict:
    """Made anew and not by `replace`, which takes ten times as long: there is one for each clause of each case."""
    reason = f"{clause.id}: {verdict.reason}" if verdict.reason else clause.id
    return Verdict(verdict.outcome, reason, verdict.evidence, verdict.by_absence, verdict.self_reported)


def _sees_all(trace: Trace) -> bool:
    """Only who saw every call can say that nobody asked for a packet."""
    return not trace.self_reported and {"syscall", "wire"} <= trace.points - trace.cut


def _unless_unclaimed(whole: Verdict, unclaimed: Sequence[Event]) -> Verdict:
    """A case with packets that nobody accounts for is no pass."""
    packets = [event for event in unclaimed if isinstance(event, Packet)]
    if not packets or whole.outcome not in ("pass", "not_applicable"):
        return whole
    told = body(packets[0]) if len(packets) == 1 else f"{len(packets)} packets, the first {body(packets[0])}"
    return inconclusive(f"nothing accounts for what crossed the wire: {told}", *packets)


def _judgement(id: str, verdict: Verdict, trace: Trace, clause: Clause | None = None) -> Judgement:
    """With the clause's texts, where it is one's judgement."""
    texts = {} if clause is None else {
        "force": clause.force, "says": clause.says, "why": clause.why, "source": clause.source,
    }  # fmt: skip
    return Judgement(
        id=id, outcome=verdict.outcome, reason=verdict.reason, by_absence=verdict.by_absence,
        evidence=tuple(map(trace.number, verdict.evidence)), self_reported=verdict.self_reported, **texts,
    )  # fmt: skip
