"""Whether a client tried to reach its target: who never began breaks no rule, and has not shown that it keeps any."""

from __future__ import annotations

from harness.attempt import PORT_OF_DNS
from harness.case import Case
from harness.events import Bind, Call, Connect, Exit, Packet, Socket
from harness.expect import exit_of
from harness.flows import port_of
from harness.trace import Trace
from harness.verdict import Verdict, inconclusive

INTERNET = frozenset({"inet", "inet6"})
NEEDED = frozenset({"syscall", "wire"})


def unless_it_tried(whole: Verdict, trace: Trace, case: Case) -> Verdict:
    """The verdict on the case, but no acquittal for a program that keeps no journal and was not seen to try.

    The usual ones are a script with a mistake in its first line, and a command that was not given the target.
    """
    is_acquitted = whole.outcome in ("pass", "not_applicable") and not trace.keeps_journal
    is_client = bool(case.target_host) and not case.serves and not trace.setting("calls")
    if not is_acquitted or not is_client or not trace.points >= NEEDED or _tried(trace, case.target_port):
        return whole
    ended = trace.last(Exit, who=trace.subject)
    reason = f"the subject never tried to reach {case.target_host} {case.target_port}"
    return inconclusive(f"{reason} (exit {exit_of(trace)})", ended) if ended else inconclusive(reason)


def _tried(trace: Trace, port: int) -> bool:
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
