"""What HTTP/2 asks of the server when it ends a connection."""

from __future__ import annotations

from harness.clause import SHOULD, clause
from harness.events import Event, Send
from harness.spec.httpd.served import Served, served
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed

SETTINGS = "\x04\0\0\0\0\0"
"""What follows the length in a frame with which every server begins: its type, no flags, stream 0 (RFC 9113, 6.5)."""
OF_ITSELF = ("done", "linger")
"""How a connection ends on which the server had the last word."""


@clause(
    "HT-31",
    force=SHOULD,
    needs={"syscall", "subject"},
    per="trace",
    says="The server sends a GOAWAY, with the reason, before it ends an HTTP/2 connection.",
    why="Only by it a client knows which of its requests were taken, and whether to ask again the same way.",
    source="RFC 9113, sections 5.4.1 and 6.8",
)
def the_end_has_a_reason(trace: Trace) -> Verdict:
    told: list[Event] = []
    for one in served(trace):
        end = one.fact("ended")
        if end is None or end.text.partition(" ")[2] not in OF_ITSELF or not _is_http2(one):
            continue
        goaway = one.fact("goaway")
        if goaway is None:
            return failed("it ended without a GOAWAY", one.accept, end)
        if trace.between(goaway, one.closed).first(Send, sock=one.socket, who=trace.subject) is None:
            return failed("nothing was sent after the GOAWAY was made", goaway, end)
        told.append(goaway)
    return passed(*told[:1]) if told else not_applicable("no HTTP/2 connection was ended by the server")


def _is_http2(one: Served) -> bool:
    """By what ALPN has agreed on, unless HTTP/1.1 was spoken all the same, or the frame that the server began with."""
    if one.agreed is not None:
        return one.agreed.text.endswith(" h2") and not any(answer.is_ordered for answer in one.answers)
    first = one.first(Send)
    return first is not None and first.data[3:9] == SETTINGS
