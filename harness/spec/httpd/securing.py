"""What TLS asks of the server: a handshake that ends, the protocol that was agreed on, and an end that is said."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Callback, Event, Fact
from harness.spec.httpd.served import Served, is_secured, milliseconds, served
from harness.spec.httpd.timing import NO_TIMEOUT, late_wait
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

PLAIN = "no TLS was spoken"


@clause(
    "HT-28",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A client that has not finished its TLS handshake in the time of a head, from accept() on, is closed.",
    why="Whoever connects and says nothing, or stops in the middle, holds a place and has asked for nothing yet.",
    source="RFC 9110, section 15.5.9; catalogue 106, 123",
)
def a_handshake_has_a_deadline(trace: Trace) -> Verdict:
    patience_ms = milliseconds(trace, "head_timeout_ms")
    if not is_secured(trace) or not served(trace) or patience_ms is None:
        return not_applicable(NO_TIMEOUT if patience_ms is None else PLAIN)
    for one in served(trace):
        late = late_wait(one, one.accept, patience_ms, one.agreed)
        if late:
            return failed(f"a handshake was still waited for after {patience_ms} ms", one.accept, late)
    return passed_by_absence(served(trace)[0].accept)


@clause(
    "HT-29",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A connection with TLS is ended with close_notify: its client can tell the end from a cut.",
    why="A FIN can be forged; without close_notify an attacker decides where an answer of unknown length ends.",
    source="RFC 8446, section 6.1; RFC 9112, section 9.8",
)
def the_end_is_said(trace: Trace) -> Verdict:
    if any(one.broken for one in served(trace)):
        return not_applicable("a connection broke")
    told = trace.of(Callback, name="on_error", args="TLS_CUT")
    cut = next((callback for callback in told if callback.who != trace.subject), None)
    if cut:
        return failed("a client had to take the end for a cut", cut)
    ended = _ends_of_secured(trace)
    return passed(*ended) if ended else not_applicable("no client with TLS tells of the server's end")


def _ends_of_secured(trace: Trace) -> list[Event]:
    """Where clients say that the server ended in order; what they say without TLS means nothing here."""
    secured = {fact.who for fact in trace.of(Fact, name="secure", text="tls")} - {trace.subject}
    return [fact for fact in trace.of(Fact, name="end", text="eof") if fact.who in secured]


@clause(
    "HT-30",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="What ALPN has agreed on is spoken: HTTP/2 after h2, HTTP/1.1 after anything else.",
    why="The client has been promised it in the handshake, and understands nothing else on this connection.",
    source="RFC 7301, section 3.2; RFC 9113, section 3.2",
)
def the_agreed_protocol_is_spoken(trace: Trace) -> Verdict:
    spoken: list[Event] = []
    for one in served(trace):
        if one.agreed is None:
            continue
        for answer in one.answers:
            if answer.is_ordered == _is_h2(one):
                return failed(f"it was agreed on {one.agreed.text.partition(' ')[2]}", one.agreed, answer.fact)
            spoken.append(answer.fact)
    return passed_by_absence(*spoken[:1]) if spoken else not_applicable("nothing was asked for with TLS")


def _is_h2(one: Served) -> bool:
    return one.agreed is not None and one.agreed.text.endswith(" h2")
