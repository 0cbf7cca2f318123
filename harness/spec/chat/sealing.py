"""What a sealed room owes to its clients: that everything is sealed."""

from __future__ import annotations

from harness.clause import MUST, clause
from harness.events import Event, Send
from harness.spec.chat.guests import Guest, guests, is_sealed
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

RECORDS = ("\x14\x03", "\x15\x03", "\x16\x03", "\x17\x03")
"""How a record of TLS begins: its type and the major version (RFC 8446, section 5.1)."""


@clause(
    "CH-27",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="A server that talks TLS writes records of TLS and nothing else, to whoever has come.",
    why="Who comes without TLS, or is lured to, would be talked to in words that anybody on the way can read.",
    source="RFC 8446, section 5; chat spec, Next Steps 4",
)
def nothing_goes_unsealed(trace: Trace) -> Verdict:
    if not is_sealed(trace):
        return not_applicable("the room is not sealed")
    seen: list[Event] = []
    for guest in guests(trace):
        plain = next((write for write in _begun(guest) if not write.data.startswith(RECORDS)), None)
        if plain:
            return failed("plain words were written", guest.accept, plain)
        seen.append(guest.accept)
    return passed_by_absence(*seen) if seen else not_applicable("nobody was accepted")


def _begun(guest: Guest) -> list[Send]:
    """The writes that begin with a record: what goes on with a short one may begin anywhere."""
    found, is_rest = list[Send](), False
    for write in guest.calls.each(Send):
        if not (is_rest or write.error):
            found.append(write)
        is_rest = guest.is_blocked_after(write)
    return found
