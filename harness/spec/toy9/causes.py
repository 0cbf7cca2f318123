"""Where an error comes from: what is announced was said by the kernel, and what ends nothing is not announced."""

from __future__ import annotations

from harness.attempt import STREAMS, Attempt, attempts
from harness.clause import MUST, clause
from harness.events import Bind, Call, Callback, Connect, Event, GetSockOpt, Packet, Recv, Send, Socket, Wait
from harness.spec.toy9.aftermath import PASSING
from harness.spec.toy9.deciding import met_itself
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

OF_THE_NETWORK = frozenset(
    {"ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "EACCES", "EPROTO"}
)
"""Errors that the kernel tells of the network, and that no program finds out by itself."""


@clause(
    "T9-55",
    force=MUST,
    needs={"syscall", "wire"},
    says="An ICMP error for a connection that stands does not end it: only a read or a write can say that it is over.",
    why="TCP takes it for a passing fault and sends again; SO_ERROR names it all the same, to those who ask.",
    source="tcp(7), Error handling; RFC 1122, 4.2.3.9; catalogue 16",
)
def a_soft_error_ends_nothing(attempt: Attempt) -> Verdict:
    known = attempt.established
    told = _icmp_after(attempt, known) if known else None
    if known is None or told is None:
        return not_applicable("no ICMP error came while the connection stood")
    read = next((read for read in attempt.after(told).each(GetSockOpt, option="SO_ERROR") if read.value != "0"), None)
    if read is None:
        return passed_by_absence(told)
    later = attempt.after(read)
    end = later.first(Callback, name="errorEncountered") or attempt.closed
    calls = attempt.after(known).each(Call)
    if end and all(call.error in PASSING for call in calls if isinstance(call, (Send, Recv))):
        return failed(f"{read.value} was only noted, and the connection was given up for it", told, read, end)
    return passed_by_absence(told, read)


def _icmp_after(attempt: Attempt, known: Event) -> Packet | None:
    """An ICMP error that arrived while the connection stood."""
    trace = attempt.trace
    return trace.between(known, attempt.closed).first(Packet, phase="arrived", proto="icmp", dst=trace.subject)


@clause(
    "T9-56",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A signal that interrupts a call ends nothing: EINTR is not announced, and nothing is dialled again for it.",
    why="The attempt goes on in the kernel. To report the interruption is to report a failure that never happened.",
    source="signal(7), Interruption of system calls; connect(2), EINTR; catalogue 13",
)
def a_signal_ends_nothing(trace: Trace) -> Verdict:
    came = trace.first(Call, who=trace.subject, error="EINTR")
    if came is None:
        return not_applicable("no call of the subject was interrupted")
    told = trace.after(came).first(Callback, who=trace.subject, name="errorEncountered", args="EINTR")
    dialled = [attempt.connect for attempt in attempts(trace)[1:]]
    again = next((connect for connect in dialled if trace.number(connect) > trace.number(came)), None)
    if told or (again and not _is_over_otherwise(trace, came, again)):
        ends = [event for event in (told, again) if event]
        return failed("an interrupted call was taken for the end of the attempt", came, *ends)
    return passed_by_absence(came)


def _is_over_otherwise(trace: Trace, came: Call, again: Connect) -> bool:
    """Whether what was under way may have ended by itself: a wait came to its end, or an error was announced."""
    since = trace.between(came, again)
    waited = any(wait.count is not None for wait in since.each(Wait, who=came.who, pid=came.pid))
    return waited or since.first(Callback, name="errorEncountered") is not None


@clause(
    "T9-57",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="An error of the network is announced only if the kernel said it, or as ETIMEDOUT by the own timer.",
    why="Callers retry a timeout and give up on a refusal: an error in the wrong class makes them do the wrong thing.",
    source="toy9 spec, Scope 5; catalogue 5, 86",
)
def errors_are_the_kernels(trace: Trace) -> Verdict:
    told = [
        said for said in trace.of(Callback, who=trace.subject, name="errorEncountered") if said.args in OF_THE_NETWORK
    ]
    for said in told:
        if not _is_said_by_the_kernel(trace, said) and not _is_known_otherwise(trace, said):
            return failed_by_absence(f"{said.args} was announced, and the kernel had not said it", said)
    return passed(*told) if told else not_applicable("no error of the network was announced")


def _is_said_by_the_kernel(trace: Trace, said: Callback) -> bool:
    first = trace.remember("first errors of the kernel", lambda: _first_errors(trace)).get(said.args)
    return first is not None and trace.number(first) < trace.number(said)


def _first_errors(trace: Trace) -> dict[str, Call]:
    """The call that first returned each error to the subject, or reported it as SO_ERROR."""
    firsts: dict[str, Call] = {}
    for call in trace.each(Call, who=trace.subject):
        told = call.value if isinstance(call, GetSockOpt) and call.option == "SO_ERROR" else call.error
        firsts.setdefault(told, call)
    return firsts


def _is_known_otherwise(trace: Trace, said: Callback) -> bool:
    """By the subject's own timer, or because a socket that met itself was refused by its owner."""
    if said.args == "ETIMEDOUT":
        return trace.setting("timeout_ms") not in ("", "0")
    return said.args == "ECONNREFUSED" and trace.remember(
        "an attempt met itself", lambda: any(met_itself(attempt) for attempt in attempts(trace))
    )


@clause(
    "T9-58",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A failure before connect(), of socket() or bind(), is announced as its errno, and nothing is connected.",
    why="Nobody expects an error there: the caller waits for ever, or talks from an address that it did not ask for.",
    source="socket(2) and bind(2), ERRORS; catalogue 17, 55",
)
def an_early_failure_is_announced(trace: Trace) -> Verdict:
    failure = _early_failure(trace)
    if failure is None:
        return not_applicable("neither socket() nor bind() failed")
    told = trace.after(failure).first(Callback, who=trace.subject, name="errorEncountered")
    later = [attempt.connect for attempt in attempts(trace) if trace.number(attempt.connect) > trace.number(failure)]
    if later:
        return failed(f"a connection was started although {failure.error} had been said", failure, later[0])
    if told is None:
        return failed_by_absence(f"{failure.error} was said before connect(), and nothing was announced", failure)
    if told.args != failure.error:
        return failed(f"{failure.error} was announced as {told.args}", failure, told)
    return passed(failure, told)


def _early_failure(trace: Trace) -> Socket | Bind | None:
    sockets = (call for call in trace.each(Socket, who=trace.subject) if call.type in STREAMS)
    made = [call for call in sockets if call.family in ("inet", "inet6")]
    first = next((call for call in made if call.error), None)
    streams = {call.sock for call in made}
    bound = next((b for b in trace.each(Bind, who=trace.subject) if b.error and b.sock in streams), None)
    return first or bound


@clause(
    "T9-59",
    force=MUST,
    needs={"wire", "subject"},
    says="Refused is announced only of an attempt that was refused: by a reset or ICMP, and with no SYN-ACK before it.",
    why="A connection that stood for a moment was accepted by somebody: 'nobody listens there' sends people astray.",
    source="RFC 9293, 3.10.7.3; catalogue 60, 63, 66",
)
def refused_means_refused(attempt: Attempt) -> Verdict:
    told = attempt.first(Callback, name="errorEncountered", args="ECONNREFUSED")
    if told is None or met_itself(attempt) or not attempt.packets:
        return not_applicable("no refusal was announced that crossed a wire")
    host = attempt.trace.subject
    arrived = attempt.before(told).of(Packet, phase="arrived", dst=host)
    stood = next((packet for packet in arrived if {"S", "A"} <= set(packet.flags)), None)
    reset = next((packet for packet in arrived if "R" in packet.flags), None)
    icmp = attempt.trace.before(told).first(Packet, phase="arrived", proto="icmp", dst=host)
    if stood and reset:
        return failed("the connection stood before it was reset, and refused was announced", stood, reset, told)
    if reset is None and icmp is None:
        return failed_by_absence("refused was announced, and nobody had refused", told)
    return passed(*[event for event in (reset or icmp,) if event], told)
