"""Which thread of the subject runs its loop, and which one asks the name servers."""

from __future__ import annotations

from harness.attempt import PORT_OF_DNS, attempts, is_dns
from harness.events import Call, Connect, Send, Wait
from harness.flows import port_of
from harness.trace import Trace


def dns_calls(trace: Trace) -> list[Send]:
    """Every question that the subject, or the C library in its name, sends to port 53."""
    return trace.remember("dns_calls", lambda: _dns_calls(trace))


def loop_pid(trace: Trace) -> int:
    """The thread that waits for the connection: the one that calls connect(), else one that waits and asks no DNS."""
    return trace.remember("loop_pid", lambda: _loop_pid(trace))


def _loop_pid(trace: Trace) -> int:
    connected = [attempt.connect.pid for attempt in attempts(trace)]
    if connected:
        return connected[0]
    asking = {call.pid for call in dns_calls(trace)}
    waits = (wait.pid for wait in trace.each(Wait, who=trace.subject) if wait.pid not in asking)
    first = trace.first(Call, who=trace.subject)
    return next(waits, first.pid if first else 0)


def _dns_calls(trace: Trace) -> list[Send]:
    asked = {c.sock for c in trace.of(Connect, who=trace.subject) if is_dns(trace, c.address)}
    sent = trace.of(Send, who=trace.subject)
    return [call for call in sent if call.sock in asked or port_of(call.address) == PORT_OF_DNS]
