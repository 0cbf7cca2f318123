"""What the clauses of net_conn ask of a trace again and again: the states in order, and the attempt that became ready.

The states are words of the journal: init, resolving, connecting, tls_handshake, ready, closed, error.
"""

from __future__ import annotations

from harness.attempt import Attempt, attempts
from harness.events import Callback, Event, Fact, Send, State
from harness.trace import Trace, grouped

FINAL = frozenset({"closed", "error"})
HELLO = "\x16\x03"
"""How a ClientHello begins: a record of the type handshake, and a version of TLS (RFC 8446, 5.1)."""


def states(trace: Trace) -> list[State]:
    return trace.of(State, who=trace.subject)


def entered(trace: Trace, *names: str) -> State | None:
    """The first of these states that the subject says it came to."""
    firsts = trace.remember("first states", lambda: grouped(states(trace), lambda state: state.new))
    return min((firsts[name][0] for name in names if name in firsts), key=trace.number, default=None)


def over(trace: Trace) -> State | None:
    """The first final state."""
    return entered(trace, *FINAL)


def callbacks(trace: Trace, *names: str) -> list[Callback]:
    return [told for told in trace.of(Callback, who=trace.subject) if told.name in names]


def standing(trace: Trace) -> Attempt | None:
    """The attempt that TCP was said to stand on: whose SO_ERROR was 0 by then, or else the last one that had begun."""
    stood = entered(trace, "tls_handshake", "ready")
    if stood is None:
        return None
    begun = [attempt for attempt in attempts(trace) if trace.number(attempt.connect) < trace.number(stood)]
    taken = [one for one in begun if one.decision and one.decision.value == "0" and follows(trace, stood, one.decision)]
    return next(iter([*taken, *begun[-1:]]), None)


def wants_tls(trace: Trace) -> bool:
    """Whether TLS was asked for, by what the case or the journal says, or was begun."""
    asked = trace.setting("secure")
    return asked == "tls" if asked else entered(trace, "tls_handshake") is not None


UNHEARD = "the program itself tells its calls, and knows nothing of those that OpenSSL makes"


def is_unheard(trace: Trace) -> bool:
    """Whether what TLS reads and writes is missing from the recording."""
    return trace.self_reported and wants_tls(trace)


def hello(attempt: Attempt) -> Send | None:
    """The first write that begins as a ClientHello does."""
    return next((send for send in attempt.each(Send, error="") if send.data.startswith(HELLO)), None)


def told_by_peers(trace: Trace, name: str) -> list[Fact]:
    """What the programs beside the subject say of themselves under this name."""
    return [fact for fact in trace.of(Fact, name=name) if fact.who != trace.subject]


def sum_of(facts: list[Fact]) -> int:
    """`5 bytes` and `7 bytes` are 12."""
    words = (fact.text.partition(" ")[0] for fact in facts)
    return sum(int(word) for word in words if word.isdecimal())


def follows(trace: Trace, later: Event, earlier: Event) -> bool:
    return trace.number(later) > trace.number(earlier)
