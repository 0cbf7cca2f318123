"""What is sent while the peer has no room."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Event, Packet
from harness.spec.kernel.ends import End, known
from harness.spec.kernel.pairing import standing
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed


@clause(
    "K-83",
    force=MUST,
    needs={"wire"},
    per="trace",
    says="While the peer's window is zero nothing new is sent but probes of a byte at most.",
    why="The peer would drop it, and is bound to tell when it has room again; the probes are for when that is lost.",
    source="RFC 9293, 3.8.6.1; net/ipv4/tcp_output.c, tcp_write_wakeup; catalogue 72",
)
def nothing_into_a_zero_window(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for end in standing(trace):
        for closed, opened in _shut(end):
            sent = end.between(closed, opened).each(Packet, phase="sent", src=end.who)
            new = next((packet for packet in sent if packet.size > 1 and packet.seq >= closed.ack), None)
            if new:
                return failed(f"{new.size} bytes were sent into a window of zero", closed, new)
            seen += [closed, *known(opened)]
    return passed(*seen) if seen else not_applicable("no peer closed its window")


def _shut(end: End) -> Iterator[tuple[Packet, Packet | None]]:
    """Each segment that closed the peer's window, with the next that came; none where no window was ever told."""
    if not any(packet.window for packet in end.arrived):
        return
    told = [packet for packet in end.arrived if "R" not in packet.flags]
    for one, other in pairwise((*told, None)):
        if one and one.window == 0 and "S" not in one.flags:
            yield one, other
