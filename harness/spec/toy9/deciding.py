"""How the outcome is decided, and how it is announced."""

from __future__ import annotations

from harness.attempt import Attempt, attempts
from harness.clause import MUST, clause
from harness.events import (
    Callback,
    DnsAnswer,
    Event,
    Exit,
    GetPeerName,
    GetSockName,
    GetSockOpt,
    Mark,
    Packet,
    Recv,
    Send,
    State,
    TcpState,
)
from harness.trace import Trace
from harness.verdict import (
    Verdict,
    failed,
    failed_by_absence,
    not_applicable,
    passed,
    passed_by_absence,
)

NOT_ANNOUNCED = "connected was never announced"

CALLBACK_OF = {"connected": "connectionEstablished", "error": "errorEncountered"}
"""Which callback belongs to which state."""


@clause(
    "T9-05",
    force=MUST,
    needs={"syscall", "subject"},
    says="connected is announced only after connect() returned 0, or after a readiness and SO_ERROR = 0.",
    why="A refused socket is writable too: whoever takes writability for success announces what never existed.",
    source="toy9 spec, Behavior 2; connect(2), EINPROGRESS; catalogue 1, 3, 7",
)
def connected_only_by_so_error(attempt: Attempt) -> Verdict:
    told = attempt.connected
    if told is None:
        return not_applicable(NOT_ANNOUNCED)
    if not attempt.connect.error:
        return passed(attempt.connect, told)
    ready = attempt.first_readiness
    read = attempt.between(ready, told).first(GetSockOpt, option="SO_ERROR", value="0", error="") if ready else None
    if ready and read:
        return passed(ready, read, told)
    without = "a readiness" if ready is None or attempt.number(ready) > attempt.number(told) else "SO_ERROR = 0"
    return failed_by_absence(f"connected was announced without {without}", attempt.connect, told)


@clause(
    "T9-08",
    force=MUST,
    needs={"syscall", "subject"},
    says="What SO_ERROR said is what is announced: 0 as connected, an errno as that errno.",
    why="A stale errno, a second reading or a generic text hides why the connection failed.",
    source="toy9 spec, Behavior 2 and Outputs 2; catalogue 3, 4, 5, 48",
)
def so_error_is_what_is_announced(attempt: Attempt) -> Verdict:
    read = attempt.decision
    if read is None or not attempt.in_progress:
        return not_applicable("SO_ERROR decided nothing")
    told = min(_first_words(attempt, read), key=attempt.number, default=None)
    if told is None:
        return failed_by_absence(f"SO_ERROR said {read.value}, nothing was announced", read)
    announced = told.args if isinstance(told, Callback) and told.name == "errorEncountered" else "0"
    if announced == read.value:
        return passed(read, told)
    if read.value == "0" and _denied(attempt, read, told):
        return passed(read, told, reason="the kernel took its answer back, or the socket had met itself")
    return failed(f"SO_ERROR said {read.value}, announced was {_spelled(announced)}", read, told)


def _first_words(attempt: Attempt, read: GetSockOpt) -> list[State | Callback]:
    later = attempt.after(read)
    words = (
        later.first(State, new="connected"),
        later.first(Callback, name="connectionEstablished"),
        later.first(Callback, name="errorEncountered"),
    )
    return [word for word in words if word]


def _denied(attempt: Attempt, read: Event, told: Event) -> bool:
    """Whether there is no peer after all: a reset came between, or the peer is the socket itself."""
    asked = attempt.between(read, told)
    return any(name.error for name in asked.each(GetPeerName)) or met_itself(attempt)


def _spelled(announced: str) -> str:
    return "connected" if announced == "0" else announced or "an error without a name"


@clause(
    "T9-11",
    force=MUST,
    needs={"wire", "subject"},
    says="connected is not announced before the SYN-ACK, or a SYN and then an ACK, arrived at the subject's host.",
    why="Until then there is no connection, whatever a stale readiness or an early success of connect() suggests.",
    source="RFC 9293, 3.5; catalogue 7, 14, 15, 69",
)
def not_before_the_syn_ack(attempt: Attempt) -> Verdict:
    told = attempt.connected
    if told is None:
        return not_applicable(NOT_ANNOUNCED)
    answer = _answer_to_the_syn(attempt)
    if answer is None and _stays_home(attempt):
        return not_applicable("the connection never left the subject's own host")
    if answer is None:
        return failed_by_absence("connected was announced, and no SYN-ACK ever arrived", told)
    if attempt.number(answer) > attempt.number(told):
        return failed("connected was announced before the SYN-ACK arrived", told, answer)
    return passed(answer, told)


def _answer_to_the_syn(attempt: Attempt) -> Packet | None:
    """The SYN-ACK, or the ACK that follows the peer's own SYN where both ends dialled at once."""
    crossed = False
    for packet in attempt.each(Packet, phase="arrived", dst=attempt.trace.subject):
        flags = set(packet.flags)
        if "A" in flags and ("S" in flags or crossed) and "R" not in flags:
            return packet
        crossed = crossed or "S" in flags
    return None


def _stays_home(attempt: Attempt) -> bool:
    """Whether both ends are on one host: such segments cross no wire that anybody watches."""
    near = attempt.last(GetSockName, error="")
    return near is not None and _host(near.address) == _host(attempt.remote)


def _host(address: str) -> str:
    return address.rpartition(":")[0]


@clause(
    "T9-16",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="An attempt has exactly one outcome.",
    why="Two outcomes make the caller act twice, none makes it wait for ever.",
    source="toy9 spec, Success Criteria 1; catalogue 8, 17, 74, 76",
)
def exactly_one_outcome(trace: Trace) -> Verdict:
    states = [event for event in trace.journal if isinstance(event, State)]
    begun = [place for place, state in enumerate(states) if state.new == "connecting"]
    if not begun:
        return not_applicable("the subject never began to connect")
    for start, end in zip(begun, [*begun[1:], len(states)], strict=True):
        outcomes = [state for state in states[start:end] if _is_outcome(state)]
        if len(outcomes) > 1:
            return failed(f"there were {len(outcomes)} outcomes", *outcomes)
        if not outcomes:
            return _no_outcome(trace, states[start])
    return passed_by_absence(*[states[place] for place in begun])


def _is_outcome(state: State) -> bool:
    """An error after connected ends the connection, not the attempt to make it."""
    return state.new == "connected" or (state.new == "error" and state.old != "connected")


def _no_outcome(trace: Trace, begun: State) -> Verdict:
    """Nobody can announce what the network did not decide; what it did decide must be announced."""
    answer = _answer(trace)
    ended = trace.first(Exit, who=trace.subject)
    if answer:
        return failed_by_absence("the network had answered, no outcome was announced", begun, answer)
    if ended and not ended.signal:
        return failed_by_absence("the subject ended without announcing an outcome", begun, ended)
    return not_applicable("the attempt was still pending when the case ended")


def _answer(trace: Trace) -> Event | None:
    """The first thing that decided an attempt: connect() itself, the socket's readiness, its state, or the resolver."""
    for attempt in attempts(trace):
        if not attempt.in_progress:
            return attempt.connect
        if decided := attempt.first_readiness or _state_by_network(attempt):
            return decided
    return next((answer for answer in trace.each(DnsAnswer) if answer.outcome not in ("NOERROR", "silence")), None)


def _state_by_network(attempt: Attempt) -> TcpState | None:
    """The end of SYN_SENT, unless it came of the lab's ending the case: what its end closes, no network has decided."""
    left = attempt.first(TcpState, old="SYN_SENT")
    deadline = attempt.trace.last(Mark, name="deadline")
    after = left is not None and deadline is not None and attempt.number(left) > attempt.trace.number(deadline)
    return None if after else left


@clause(
    "T9-17",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="Each outcome has its callback, exactly once, after the state changed; no other callback contradicts it.",
    why="Callers act on callbacks and then look at the state: both must tell the same story.",
    source="toy9 spec, Outputs 2; catalogue 1, 30, 76",
)
def each_outcome_has_its_callback(trace: Trace) -> Verdict:
    owed: dict[str, State] = {}
    seen: list[Event] = []
    for said in trace.journal:
        if isinstance(said, State) and said.new in CALLBACK_OF:
            owed[CALLBACK_OF[said.new]] = said
        elif isinstance(said, Callback) and said.name in CALLBACK_OF.values():
            if said.name not in owed:
                return failed(f"{said.name} was called without its change of state", *seen[-2:], said)
            seen += [owed.pop(said.name), said]
    if owed:
        name, state = next(iter(owed.items()))
        return failed_by_absence(f"{name} was not called", state)
    return passed_by_absence(*seen) if seen else not_applicable("no outcome was announced")


@clause(
    "T9-28",
    force=MUST,
    needs={"syscall"},
    says="A connection to itself (getsockname equals getpeername) is not announced as connected.",
    why="Dialling an ephemeral port on one's own host can pick it as the source too: all that is sent comes back.",
    source="RFC 9293, 3.5 (simultaneous open); catalogue 54",
)
def not_connected_to_itself(attempt: Attempt) -> Verdict:
    if not met_itself(attempt):
        return not_applicable("the peer is not the socket itself")
    use = attempt.connected if attempt.trace.keeps_journal else attempt.first(Send, error="") or attempt.first(Recv)
    if use:
        return failed("the socket is its own peer, and was taken for a connection", attempt.connect, use)
    return passed_by_absence(attempt.connect)


def met_itself(attempt: Attempt) -> bool:
    """Whether both ends of the connection are one socket, by its names or by the kernel's table."""
    named = attempt.after(attempt.connect).first(GetSockName, error="")
    same = any(state.local == state.remote != "" for state in attempt.each(TcpState))
    return same or (named is not None and named.address == attempt.remote and attempt.established is not None)
