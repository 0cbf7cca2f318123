"""In which order the subject tells what happens: its states, its callbacks, and the calls that they are about."""

from __future__ import annotations

from harness.attempt import Attempt, attempts
from harness.clause import MUST, clause
from harness.events import Callback, Event, State
from harness.spec.toy9.threads import dns_calls
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NEVER_BEGAN = "the subject never began to connect"

LAWFUL: dict[str, frozenset[str]] = {
    "": frozenset({"idle", "connecting"}),
    "idle": frozenset({"connecting"}),
    "connecting": frozenset({"connected", "error"}),
    "connected": frozenset({"closed", "error"}),
    "error": frozenset({"closed", "idle", "connecting"}),
    "closed": frozenset({"idle", "connecting"}),
}
"""Which state may follow which; "" is a journal that names no earlier one. What is over may begin again."""

OUTCOMES = ("connectionEstablished", "errorEncountered")


@clause(
    "T9-62",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="connecting is announced before the name is looked up and before connect() is called.",
    why="Whatever comes of them, an immediate failure included, must find an attempt that it can be the outcome of.",
    source="toy9 spec, Outputs 1; catalogue 17",
)
def connecting_comes_first(trace: Trace) -> Verdict:
    begun = trace.first(State, who=trace.subject, new="connecting")
    calls: list[Event] = [*dns_calls(trace)[:1], *(attempt.connect for attempt in attempts(trace)[:1])]
    if not calls or not trace.keeps_journal:
        return not_applicable("nothing was looked up or connected" if trace.keeps_journal else NEVER_BEGAN)
    first = min(calls, key=trace.number)
    if begun is None:
        return failed_by_absence("connecting was never announced", first)
    if trace.number(begun) > trace.number(first):
        return failed("the attempt had begun before connecting was announced", first, begun)
    return passed(begun, first)


@clause(
    "T9-63",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="Each state follows the one before it, by a lawful way: connecting, then connected or error, then the end.",
    why="Callers keep the state in books of their own: a step that was left out, or taken twice, makes them disagree.",
    source="toy9 spec, Outputs 1 and Success Criteria 1",
)
def the_ways_are_lawful(trace: Trace) -> Verdict:
    states = [said for said in trace.journal if isinstance(said, State)]
    if not any(state.new == "connecting" for state in states):
        return not_applicable(NEVER_BEGAN)
    before: State | None = None
    for state in states:
        if before and state.old != before.new:
            return failed(f"{state.old} was left, and {before.new} was entered last", before, state)
        if state.new not in LAWFUL.get(state.old, ()):
            return failed(f"{state.new} cannot follow {state.old}", *([before] if before else []), state)
        before = state
    return passed(*states)


@clause(
    "T9-64",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="The first thing that is called back is the outcome: connectionEstablished or errorEncountered.",
    why="Whoever hears of output or input first has not been told yet that there is a connection.",
    source="toy9 spec, Outputs 2; catalogue 20, 87",
)
def the_outcome_is_called_first(trace: Trace) -> Verdict:
    first = trace.first(Callback, who=trace.subject)
    if first is None or not any(isinstance(said, State) and said.new == "connecting" for said in trace.journal):
        return not_applicable("nothing was called back")
    if first.name in OUTCOMES:
        return passed(first)
    return failed(f"{first.name} was called before the outcome", first)


@clause(
    "T9-65",
    force=MUST,
    needs={"syscall", "subject"},
    says="The outcome is announced as soon as it is known, before the loop waits again.",
    why="What is known and not told waits for the next event, which on a quiet connection may never come.",
    source="toy9 spec, Behavior 1; catalogue 8, 17",
)
def told_as_soon_as_known(attempt: Attempt) -> Verdict:
    known = attempt.connect if not attempt.connect.error or attempt.failed_at_once else attempt.decision
    if known is None or not attempt.trace.keeps_journal:
        return not_applicable("the outcome was never known, or the subject keeps no journal")
    wait, told = attempt.next_wait(known), attempt.outcome
    if wait and (told is None or attempt.number(told) > attempt.number(wait)):
        return failed("the loop waited again before the outcome was announced", known, wait)
    return passed_by_absence(known, *([told] if told else []))


@clause(
    "T9-66",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="After the end nothing is called back any more, but the error that ended it.",
    why="The caller has let go of what it needs to answer a callback: the next one finds it gone.",
    source="toy9 spec, Outputs 2; catalogue 76, 88",
)
def nothing_is_called_after_the_end(trace: Trace) -> Verdict:
    end: State | None = None
    for said in trace.journal:
        if isinstance(said, State):
            end = said if said.new in ("error", "closed") else None
        elif isinstance(said, Callback) and end and (end.new, said.name) != ("error", "errorEncountered"):
            return failed(f"{said.name} was called after {end.new}", end, said)
    ends = [said for said in trace.journal if isinstance(said, State) and said.new in ("error", "closed")]
    return passed_by_absence(*ends) if ends else not_applicable("no end was announced")
