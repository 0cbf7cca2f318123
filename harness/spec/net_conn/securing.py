"""TLS: nothing in clear, nobody who is not who it should be, and no waiting for the wrong side."""

from __future__ import annotations

from harness.attempt import WOULD_BLOCK, Attempt
from harness.clause import MUST, clause
from harness.events import Event, Recv, Send, Unwatch, Wait, Watch, bits
from harness.spec.net_conn.story import HELLO, UNHEARD, entered, hello, is_unheard, standing, told_by_peers, wants_tls
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NO_TLS = "TLS was not asked for"
BAD = frozenset({"untrusted", "expired", "wrong-host"})


@clause(
    "NC-14",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="With TLS, ready is announced only after the peer has answered and what it said was answered in turn.",
    why="Before that nobody knows who the peer is, and a certificate that fails looks like a connection that broke.",
    source="net_conn spec, conn_io_cb 2; RFC 8446, 2 (the client's Finished); catalogue 126",
)
def ready_after_the_handshake(trace: Trace) -> Verdict:
    ready, attempt = entered(trace, "ready"), standing(trace)
    if ready is None or attempt is None or not wants_tls(trace):
        return not_applicable("it was never ready, or had no TLS to do")
    if is_unheard(trace):
        return not_applicable(UNHEARD)
    before = attempt.before(ready)
    first = next((send for send in before.each(Send, error="") if send.data.startswith(HELLO)), None)
    answer = next((recv for recv in before.after(first).each(Recv, error="") if recv.result), None) if first else None
    finished = before.after(answer).first(Send, error="") if answer else None
    if first and answer and finished:
        return passed(first, answer, finished, ready)
    missing = "no ClientHello" if first is None else "no answer" if answer is None else "nothing after the answer"
    return failed_by_absence(f"ready was announced, and there had been {missing}", *([first] if first else []), ready)


@clause(
    "NC-15",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Where TLS was asked for, the first thing that is written is a ClientHello.",
    why="What leaves before it leaves in clear, to whoever answers.",
    source="RFC 8446, 2 and 5.1",
)
def nothing_in_clear(trace: Trace) -> Verdict:
    attempt = standing(trace)
    if attempt is None or not wants_tls(trace):
        return not_applicable(NO_TLS if attempt else "TCP was never said to stand")
    first = next((send for send in attempt.each(Send, error="") if send.result), None)
    if first is None:
        return not_applicable("nothing was written")
    if not first.data.startswith(HELLO):
        return failed("something was written in clear", first)
    return passed(first)


@clause(
    "NC-16",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="A peer whose certificate is untrusted, over, or for another host is never taken as ready.",
    why="Without the check TLS keeps a secret with whoever asks for it.",
    source="RFC 5280, 6; RFC 9525, 6; catalogue 126",
)
def no_bad_certificate(trace: Trace) -> Verdict:
    shown = next((fact for fact in told_by_peers(trace, "certificate") if fact.text in BAD), None)
    if shown is None or not wants_tls(trace):
        return not_applicable("no peer says that its certificate is bad" if shown is None else NO_TLS)
    ready = entered(trace, "ready")
    if ready:
        return failed(f"it was ready although the certificate is {shown.text}", shown, ready)
    return passed_by_absence(shown)


@clause(
    "NC-17",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="In the handshake the loop waits for what TLS waits for: input after a read that was refused, else room.",
    why="Waiting for the wrong side is a hang; waiting for both is a loop that is woken without pause.",
    source="net_conn spec, conn_io_cb 2; SSL_get_error(3); catalogue 121",
)
def waits_for_the_right_side(trace: Trace) -> Verdict:
    begun, attempt = entered(trace, "tls_handshake"), standing(trace)
    if begun is None or attempt is None or hello(attempt) is None:
        return not_applicable("there was no handshake")
    judged: list[Event] = []
    for wait in trace.between(begun, entered(trace, "ready", "closed", "error")).of(Wait, pid=attempt.connect.pid):
        wanted = _wanted(attempt, wait)
        if wanted is None:
            continue
        watched = _watched(attempt, wait)
        if watched != {wanted}:
            return failed(f"TLS waits for {wanted}, the loop for {' and '.join(sorted(watched)) or 'nothing'}", wait)
        judged.append(wait)
    return passed_by_absence(*judged[:2]) if judged else not_applicable("nothing was waited for in the handshake")


def _wanted(attempt: Attempt, wait: Wait) -> str | None:
    """The direction in which the last transfer before this wait would have blocked."""
    before = attempt.before(wait)
    last = max((e for e in (before.last(Send), before.last(Recv)) if e), key=attempt.number, default=None)
    if last is None or last.error not in WOULD_BLOCK:
        return None
    return "IN" if isinstance(last, Recv) else "OUT"


def _watched(attempt: Attempt, wait: Wait) -> set[str]:
    before = attempt.before(wait)
    watch, unwatch = before.last(Watch, error=""), before.last(Unwatch, error="")
    if watch is None or (unwatch and attempt.number(unwatch) > attempt.number(watch)):
        return set()
    return set(bits(watch.interest) & {"IN", "OUT"})
