"""What a connection says of itself: its states and its callbacks."""

from __future__ import annotations

from harness.attempt import attempts
from harness.clause import MUST, clause
from harness.events import Callback, Event, Mark, State
from harness.spec.net_conn.story import FINAL, callbacks, over, states, wants_tls
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed_by_absence

MAY_FOLLOW = {
    "init": {"resolving", "connecting", "closed", "error"},
    "resolving": {"connecting", "closed", "error"},
    "connecting": {"tls_handshake", "ready", "closed", "error"},
    "tls_handshake": {"ready", "closed", "error"},
    "ready": {"closed", "error"},
}
CALLBACK_OF = {"ready": "on_ready", "error": "on_error"}
STATE_OF = {name: state for state, name in CALLBACK_OF.items()}
NOTHING_SAID = "the subject told no state"


@clause(
    "NC-01",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="The states follow each other as the machine has them, and with TLS the handshake is one of them.",
    why="Whoever shows progress, or counts where connections fail, goes by the states.",
    source="net_conn spec, Connection States",
)
def states_in_order(trace: Trace) -> Verdict:
    said = states(trace)
    if not said:
        return not_applicable(NOTHING_SAID)
    for place, state in enumerate(said):
        before = said[place - 1].new if place else "init"
        if before in FINAL:
            break
        if state.old != before or state.new not in MAY_FOLLOW.get(before, ()):
            return failed(f"{state.new} cannot follow {before}", *said[max(0, place - 1) : place + 1])
        if (before, state.new) == ("connecting", "ready") and wants_tls(trace):
            return failed("ready was announced without a state for the TLS handshake", state)
    return passed_by_absence(*said)


@clause(
    "NC-02",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="There is one final state, closed or error, and nothing follows it.",
    why="An object that comes back to life after its owner has buried it is used after it was freed.",
    source="net_conn spec, Connection States; catalogue 74, 76",
)
def one_final_state(trace: Trace) -> Verdict:
    said = states(trace)
    last = over(trace)
    if last is None:
        return not_applicable("it was still alive when the case ended" if said else NOTHING_SAID)
    later = trace.after(last).of(State, who=trace.subject)
    if later:
        return failed(f"{later[0].new} followed {last.new}", last, later[0])
    return passed_by_absence(last)


@clause(
    "NC-03",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="on_ready is called once after ready, on_error once after error, and neither without its state.",
    why="Two make the user act twice, none makes it wait for ever, and one without its state is a lie.",
    source="net_conn spec, Goal 2 and conn_io_cb 4; catalogue 17, 76",
)
def each_state_has_its_callback(trace: Trace) -> Verdict:
    owed: dict[str, State] = {}
    seen: list[Event] = []
    for said in trace.journal:
        if isinstance(said, State) and said.new in CALLBACK_OF:
            owed.setdefault(CALLBACK_OF[said.new], said)
        elif isinstance(said, Callback) and said.name in STATE_OF:
            if said.name not in owed:
                return failed(f"{said.name} was called without its state, or twice", *seen[-2:], said)
            seen += [owed.pop(said.name), said]
    for name, state in owed.items():
        if _had_time(trace, state):
            return failed_by_absence(f"{name} was not called", state)
    return passed_by_absence(*seen) if seen else not_applicable("nothing was to be told")


def _had_time(trace: Trace, state: State) -> bool:
    """Whether the subject went on after this, and was not just ended by the lab."""
    later = trace.after(state)
    return len(later) > 0 and not isinstance(next(iter(later)), Mark)


@clause(
    "NC-04",
    force=MUST,
    needs={"subject", "syscall"},
    per="trace",
    says="After the end no connection is started, and after closed nothing is called any more.",
    why="The owner has let go of it: what is called then finds nobody, and what is connected is never closed.",
    source="net_conn spec, Closing 2; catalogue 76, 117",
)
def nothing_after_the_end(trace: Trace) -> Verdict:
    last = over(trace)
    if last is None:
        return not_applicable("it was still alive when the case ended")
    started = next((a.connect for a in attempts(trace) if trace.number(a.connect) > trace.number(last)), None)
    if started:
        return failed(f"a connection was started after {last.new}", last, started)
    called = [told for told in callbacks(trace, *STATE_OF) if trace.number(told) > trace.number(last)]
    if last.new == "closed" and called:
        return failed(f"{called[0].name} was called after closed", last, called[0])
    return passed_by_absence(last)
