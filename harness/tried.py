"""Whether a program did what it is there for: who never begins breaks no rule, and has not shown that it keeps any."""

from __future__ import annotations

from harness.attempt import PORT_OF_DNS
from harness.case import Case
from harness.events import Accept, Bind, Call, Connect, Exit, Packet, Socket
from harness.expect import exit_of
from harness.flows import port_of
from harness.trace import Trace
from harness.verdict import Verdict, inconclusive

INTERNET = frozenset({"inet", "inet6"})
NEEDED = frozenset({"syscall", "wire"})


def unless_it_tried(whole: Verdict, trace: Trace, case: Case) -> Verdict:
    """The verdict on the case, but no acquittal for a program that keeps no journal and was not seen to try.

    The usual ones are a script with a mistake in its first line, a command that was not given the target, and a server
    that listens and then hangs.
    """
    is_acquitted = whole.outcome in ("pass", "not_applicable") and not trace.keeps_journal
    if not is_acquitted or not trace.points >= NEEDED or trace.setting("calls") or not case.target_host:
        return whole
    if case.serves:
        tried, goal = trace.first(Accept, who=trace.subject) is not None, "to accept anybody"
    else:
        tried, goal = _reached_out(trace, case.target_port), f"to reach {case.target_host} {case.target_port}"
    if tried:
        return whole
    ended = trace.last(Exit, who=trace.subject)
    how = f" (exit {exit_of(trace)})" if ended else ""
    return inconclusive(f"the subject never tried {goal}{how}", *([ended] if ended else []))


def _reached_out(trace: Trace, port: int) -> bool:
    """A question to a name server counts, and what failed before there could be a connect()."""
    ports = {port, PORT_OF_DNS}
    families = {made.sock: made.family for made in trace.of(Socket, who=trace.subject)}
    for connect in trace.each(Connect, who=trace.subject):
        if families.get(connect.sock, "inet") in INTERNET and port_of(connect.address) in ports:
            return True
    if any(packet.dport in ports for packet in trace.each(Packet, src=trace.subject)):
        return True
    prepared: list[Call] = [*trace.of(Socket, who=trace.subject), *trace.of(Bind, who=trace.subject)]
    return any(call.error for call in prepared)
