"""Expectations: what a scenario asks beside the clauses, each as a verdict of its own.

`expectations(case.expect, trace)` answers only what was asked. The names of the answers are the names of the fields
in the scenario file: `states`, `error`, `exit`, `received`, `syns`, `callbacks`, `branch`, `silence_before`,
`trace`, `absent`, `witnessed`, `always`, `within`, `stdout`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness import excerpt
from harness.branches import siblings, witnesses
from harness.case import Case, Expect
from harness.events import Callback, Connect, Event, Exit, Fact, Mark, Packet, Peer, Point, State
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, inconclusive, not_applicable, passed, passed_by_absence

NO_JOURNAL = "the subject keeps no journal"
NO_WITNESS = "the programs tell their calls themselves; only an independent witness, strace, sees these"
NS_PER_MS = 1_000_000
RTO_NS = 990 * NS_PER_MS
"""TCP_TIMEOUT_INIT of include/net/tcp.h is a second (RFC 6298, 2.1), counted in ticks of the kernel."""

Judge = Callable[[Trace, Case], Verdict]


def expectations(case: Case, trace: Trace, stdout: str | None = None) -> list[tuple[str, Verdict]]:
    """The verdict on every expectation that the case states, in the order of ASKED."""
    asked = [(name, judge(trace, case)) for name, (judge, is_asked, _) in ASKED.items() if is_asked(case.expect)]
    if case.expect.stdout:
        asked.append(("stdout", _stdout(case.expect.stdout, stdout)))
    return asked


def states_of(trace: Trace) -> tuple[str, ...]:
    """The states that the subject says it went through, in order."""
    return tuple(said.new for said in trace.journal if isinstance(said, State))


def error_of(trace: Trace) -> str:
    """The errno of the first error that the subject announced, or nothing."""
    told = trace.first(Callback, who=trace.subject, name="errorEncountered")
    return told.args if told else ""


def exit_of(trace: Trace) -> str:
    """How the subject ended: its status, the signal that killed it, or nothing if it was not seen to end."""
    ended = trace.last(Exit, who=trace.subject)
    return (ended.signal or str(ended.status)) if ended else ""


def _states(trace: Trace, case: Case) -> Verdict:
    if not trace.keeps_journal:
        return not_applicable(NO_JOURNAL)
    said = [event for event in trace.journal if isinstance(event, State)]
    return _same("states", case.expect.states, [state.new for state in said], said)


def _callbacks(trace: Trace, case: Case) -> Verdict:
    """Callbacks by name, or with their arguments where the scenario writes parentheses."""
    if not trace.keeps_journal:
        return not_applicable(NO_JOURNAL)
    said = [event for event in trace.journal if isinstance(event, Callback)]
    whole = any("(" in name for name in case.expect.callbacks)
    return _same("callbacks", case.expect.callbacks, [f"{e.name}({e.args})" if whole else e.name for e in said], said)


def _same(what: str, wanted: Sequence[str], seen: Sequence[str], events: Sequence[Event]) -> Verdict:
    """Equal lists pass. What was seen to differ is a fact; a list that only ends too early may have been cut."""
    if list(wanted) == list(seen):
        return passed_by_absence(*events)
    reason = f"expected {what} {' -> '.join(wanted)}, saw {' -> '.join(seen) or 'none'}"
    if list(wanted[: len(seen)]) == list(seen):
        return failed_by_absence(reason, *events)
    place = next(i for i, name in enumerate(seen) if i >= len(wanted) or name != wanted[i])
    return failed(reason, events[place])


def _error(trace: Trace, case: Case) -> Verdict:
    if not trace.keeps_journal:
        return not_applicable(NO_JOURNAL)
    told = trace.first(Callback, who=trace.subject, name="errorEncountered")
    if told is None:
        return failed_by_absence(f"expected the error {case.expect.error}, none was announced")
    if told.args == case.expect.error:
        return passed(told)
    return failed(f"expected the error {case.expect.error}, announced was {told.args}", told)


def _exit(trace: Trace, case: Case) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    if ended is None:
        return failed_by_absence(f"expected exit status {case.expect.exit}, the subject never ended")
    if not ended.signal and ended.status == case.expect.exit:
        return passed(ended)
    seen = f"it was killed by {ended.signal}" if ended.signal else f"it was {ended.status}"
    return failed(f"expected exit status {case.expect.exit}, {seen}", ended)


def _received(trace: Trace, case: Case) -> Verdict:
    wanted = case.expect.received or ""
    told: list[Event] = [peer for peer in trace.of(Peer, action="received") if peer.who != trace.subject]
    told = told or [fact for fact in trace.of(Fact, name="received") if fact.who != trace.subject]
    seen = "".join(_text_of(event) for event in told)
    if seen == wanted:
        return passed_by_absence(*told)
    reason = f"the peer should have received {_brief(wanted)}, it received {_brief(seen)}"
    return failed_by_absence(reason, *told) if wanted.startswith(seen) else failed(reason, *told)


def _text_of(event: Event) -> str:
    return event.detail if isinstance(event, Peer) else event.text if isinstance(event, Fact) else ""


def _brief(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:40]!r} and so on, {len(text)} characters"


def _syns(trace: Trace, case: Case) -> Verdict:
    syns = [packet for packet in trace.of(Packet, phase="sent", proto="tcp", flags="S") if _leaves(packet, trace, case)]
    wanted = case.expect.syns or 0
    if len(syns) == wanted or (len(syns) > wanted and _are_late(syns[wanted:], syns[:wanted])):
        return passed_by_absence(*syns)
    reason = f"expected {wanted} SYNs to the target, {len(syns)} left"
    return failed(reason, *syns) if len(syns) > wanted else failed_by_absence(reason, *syns)


def _are_late(more: Sequence[Packet], first: Sequence[Packet]) -> bool:
    """Whether these are the kernel's own repetitions: the same SYNs again, a second and more after them.

    Its timer does not know that the lab was kept from delivering an answer; a busy machine may not change a verdict.
    """
    before = {_number_of(syn): syn.at_ns for syn in first}
    return all(syn.at_ns - before.get(_number_of(syn), syn.at_ns) >= RTO_NS for syn in more)


def _number_of(syn: Packet) -> tuple[int, int, int]:
    return syn.sport, syn.dport, syn.seq


def _leaves(packet: Packet, trace: Trace, case: Case) -> bool:
    return packet.src == trace.subject and (not packet.dport or packet.dport == case.target_port)


def _branch(trace: Trace, case: Case) -> Verdict:
    """One of the branches named must have been taken, and none that excludes them."""
    allowed, seen = set(case.expect.branch), witnesses(trace)
    rivals = {rival for name in allowed for rival in siblings(name)} - allowed
    for name in seen:
        if name in rivals:
            return failed(f"expected {' or '.join(sorted(allowed))}, the kernel took {name}", *seen[name])
    taken = [name for name in seen if name in allowed]
    if not taken:
        return inconclusive(f"nothing witnesses {' or '.join(sorted(allowed))}")
    return passed(*seen[taken[0]], reason=f"the kernel took {' and '.join(taken)}")


def _silence(trace: Trace, case: Case) -> Verdict:
    """No outcome may be announced before the first packet with these flags arrived at the subject's host."""
    if not trace.keeps_journal:
        return not_applicable(NO_JOURNAL)
    flags = case.expect.silence_before
    arrived = trace.first(Packet, phase="arrived", dst=trace.subject, flags=flags)
    view = trace.before(arrived) if arrived else trace
    early = next((event for event in view if _is_outcome(event, trace.subject)), None)
    if early is None:
        return passed_by_absence(*([arrived] if arrived else []))
    if arrived is None:
        return failed_by_absence(f"an outcome was announced, and no {flags} ever arrived", early)
    return failed(f"an outcome was announced before {flags} arrived", early, arrived)


def _is_outcome(event: Event, subject: str) -> bool:
    told = isinstance(event, Callback) or (isinstance(event, State) and event.new in ("connected", "error", "closed"))
    return told and event.who == subject


def _within(trace: Trace, case: Case) -> Verdict:
    """From the first sign of the subject to its outcome; a program without a journal is timed to its end."""
    limit_ms = case.expect.within_ms or 0
    begun = _begun(trace)
    told = (event for event in trace.journal if _is_outcome(event, trace.subject))
    done: Event | None = next(told, None) if trace.keeps_journal else trace.last(Exit, who=trace.subject)
    if begun is None or done is None:
        return failed_by_absence(f"there was no outcome within {limit_ms} ms", *([begun] if begun else []))
    took_ms = (done.at_ns - begun.at_ns) / NS_PER_MS
    if took_ms <= limit_ms:
        return passed(begun, done, reason=f"it took {took_ms:.0f} ms")
    return failed(f"it took {took_ms:.0f} ms, allowed are {limit_ms} ms", begun, done)


def _begun(trace: Trace) -> Event | None:
    signs = [trace.first(Mark, name="started"), *trace.journal[:1], trace.first(Connect, who=trace.subject)]
    return min((sign for sign in signs if sign), key=trace.number, default=None)


def _stdout(wanted: Sequence[str], stdout: str | None) -> Verdict:
    if stdout is None:
        return inconclusive("the subject's output was not kept")
    missing = [text for text in wanted if text not in stdout]
    if missing:
        return failed_by_absence(f"the output lacks {', '.join(map(repr, missing))}")
    return passed(reason="the output has all that was asked for")


def _excerpt(trace: Trace, case: Case) -> Verdict:
    return excerpt.in_order(trace, case.expect.trace)


def _absent(trace: Trace, case: Case) -> Verdict:
    return excerpt.nowhere(trace, case.expect.absent)


def _witnessed(trace: Trace, case: Case) -> Verdict:
    if trace.self_reported:
        return not_applicable(NO_WITNESS)
    return excerpt.in_order(trace, case.expect.witnessed)


def _always(trace: Trace, case: Case) -> Verdict:
    return excerpt.in_order(trace, case.expect.always)


ASKED: dict[str, tuple[Judge, Callable[[Expect], bool], frozenset[Point]]] = {
    "states": (_states, lambda e: bool(e.states), frozenset({"subject"})),
    "error": (_error, lambda e: bool(e.error), frozenset({"subject"})),
    "callbacks": (_callbacks, lambda e: bool(e.callbacks), frozenset({"subject"})),
    "exit": (_exit, lambda e: e.exit is not None, frozenset({"lab"})),
    "received": (_received, lambda e: e.received is not None, frozenset({"lab"})),
    "syns": (_syns, lambda e: e.syns is not None, frozenset({"wire"})),
    "branch": (_branch, lambda e: bool(e.branch), frozenset({"syscall", "wire", "kernel"})),
    "silence_before": (_silence, lambda e: bool(e.silence_before), frozenset({"subject", "wire"})),
    "trace": (_excerpt, lambda e: bool(e.trace), frozenset({"syscall"})),
    "absent": (_absent, lambda e: bool(e.absent), frozenset({"syscall"})),
    "witnessed": (_witnessed, lambda e: bool(e.witnessed), frozenset({"syscall"})),
    "always": (_always, lambda e: bool(e.always), frozenset({"syscall"})),
    "within": (_within, lambda e: e.within_ms is not None, frozenset({"subject"})),
}
"""Each expectation: its judge, whether a scenario states it, and the points of observation that it rests on."""

NEEDS: dict[str, frozenset[Point]] = {**{name: needs for name, (_, _, needs) in ASKED.items()}, "stdout": frozenset()}
