"""TCP: how it is begun, how it is known to stand, and what is told of a failure."""

from __future__ import annotations

from harness.attempt import WOULD_BLOCK, Attempt, attempts
from harness.clause import MUST, clause
from harness.events import (
    Callback,
    DnsAnswer,
    GetSockOpt,
    Packet,
    Recv,
    Send,
    SetNonblocking,
)
from harness.spec.net_conn.story import callbacks, entered, standing, told_by_peers
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NEVER_STOOD = "TCP was never said to stand"


@clause(
    "NC-08",
    force=MUST,
    needs={"syscall"},
    says="The socket is non-blocking before connect() is called, and stays so.",
    why="One call that blocks, in connect() or in a handshake, and every other connection of the loop stands still.",
    source="net_conn spec, Creating 3; socket(2)",
)
def never_blocking(attempt: Attempt) -> Verdict:
    if attempt.opened is None:
        return not_applicable("its beginning was not seen")
    before = attempt.before(attempt.connect).last(SetNonblocking, error="")
    if not (before.on if before else attempt.opened.nonblocking):
        return failed("connect() was called on a blocking socket", attempt.opened, attempt.connect)
    blocking = attempt.after(attempt.connect).first(SetNonblocking, on=False, error="")
    if blocking:
        return failed("the socket was made blocking", attempt.connect, blocking)
    return passed_by_absence(attempt.opened, attempt.connect)


@clause(
    "NC-09",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="TCP is taken to stand only after a readiness and SO_ERROR = 0, or after connect() returned 0.",
    why="A refused socket is writable too: whoever takes writability for success goes on with what never was.",
    source="net_conn spec, conn_io_cb 1; connect(2), EINPROGRESS; catalogue 1, 3, 7, 14",
)
def so_error_decides(trace: Trace) -> Verdict:
    told, attempt = entered(trace, "tls_handshake", "ready"), standing(trace)
    if told is None or attempt is None:
        return not_applicable(NEVER_STOOD)
    if not attempt.connect.error:
        return passed(attempt.connect, told)
    ready = attempt.first_readiness
    read = attempt.between(ready, told).first(GetSockOpt, option="SO_ERROR", value="0", error="") if ready else None
    if ready and read:
        return passed(ready, read, told)
    return failed_by_absence(f"{told.new} was announced without a readiness and SO_ERROR = 0", attempt.connect, told)


@clause(
    "NC-10",
    force=MUST,
    needs={"wire", "subject"},
    per="trace",
    says="Neither TLS nor ready is announced before the SYN-ACK arrived at the subject's host.",
    why="Until then there is no connection, whatever a stale readiness or an early success of connect() suggests.",
    source="RFC 9293, 3.5; catalogue 7, 14, 15, 69",
)
def not_before_the_syn_ack(trace: Trace) -> Verdict:
    told, attempt = entered(trace, "tls_handshake", "ready"), standing(trace)
    if told is None or attempt is None:
        return not_applicable(NEVER_STOOD)
    arrived = (packet for packet in attempt.each(Packet, phase="arrived", dst=trace.subject))
    answer = next((packet for packet in arrived if {"S", "A"} <= set(packet.flags)), None)
    if answer is None:
        return failed_by_absence(f"{told.new} was announced, and no SYN-ACK ever arrived", told)
    if trace.number(answer) > trace.number(told):
        return failed(f"{told.new} was announced before the SYN-ACK arrived", told, answer)
    return passed(answer, told)


OF_NAME_SERVER = {
    "NXDOMAIN": "EAI_NONAME", "FORMERR": "EAI_NONAME", "NODATA": "EAI_NODATA", "SERVFAIL": "EAI_AGAIN",
    "REFUSED": "EAI_AGAIN", "silence": "EAI_AGAIN", "truncated": "EAI_AGAIN", "wrong-id": "EAI_AGAIN",
    "garbage": "EAI_AGAIN",
}  # fmt: skip
"""What getaddrinfo() of glibc makes of what the name server does (measured, glibc 2.36)."""
OF_CERTIFICATE = {"untrusted": "TLS_UNTRUSTED", "expired": "TLS_EXPIRED", "wrong-host": "TLS_WRONG_HOST"}
"""What is wrong with a certificate, by what the peer says that it shows."""
MEANS = {"EPIPE": "ECONNRESET"}
"""The kernel says EPIPE of a reset after the peer's FIN."""


@clause(
    "NC-11",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="The error that is told is the reason that there was: of the kernel, the resolver or the certificate.",
    why="'Refused', 'no such name' and 'expired' call for different people, and 'failed' calls for all of them.",
    source="net_conn spec, Closing 3; catalogue 5, 30, 48, 86, 111",
)
def the_reason_is_told(trace: Trace) -> Verdict:
    told = next(iter(callbacks(trace, "on_error")), None)
    if told is None:
        return not_applicable("no error was told")
    reasons = _of_calls(trace, told) | _of_certificates(trace)
    if not attempts(trace):
        reasons |= _of_names(trace)
    if told.args == "ETIMEDOUT" and reasons.isdisjoint({"ETIMEDOUT"}):
        return not_applicable("its own timer was faster")
    if not reasons:
        return not_applicable("nothing that was seen is a reason")
    if told.args in reasons:
        return passed(told)
    return failed(f"the reason was {' or '.join(sorted(reasons))}, told was {told.args or 'nothing'}", told)


def _of_calls(trace: Trace, told: Callback) -> set[str]:
    """What the kernel said of the attempt that it decided last."""
    found: set[str] = set()
    for attempt in sorted(attempts(trace), key=_decided)[-1:]:
        if attempt.failed_at_once:
            found.add(attempt.connect.error)
        if attempt.decision and attempt.decision.value != "0":
            found.add(attempt.decision.value)
        moves = [*attempt.before(told).of(Send), *attempt.before(told).of(Recv)]
        errors = {call.error for call in moves} - {"", "EINTR", *WOULD_BLOCK}
        found |= {MEANS.get(error, error) for error in errors}
    return found


def _decided(attempt: Attempt) -> int:
    return attempt.number(attempt.decision or attempt.connect)


def _of_certificates(trace: Trace) -> set[str]:
    shown = {fact.text for fact in told_by_peers(trace, "certificate")}
    return {OF_CERTIFICATE[name] for name in shown if name in OF_CERTIFICATE}


def _of_names(trace: Trace) -> set[str]:
    answers = [answer for answer in trace.of(DnsAnswer) if answer.type in ("A", "AAAA")]
    if any(answer.outcome == "NOERROR" and answer.answers for answer in answers):
        return set()
    return {OF_NAME_SERVER[answer.outcome] for answer in answers if answer.outcome in OF_NAME_SERVER}
