"""What one attempt leaves to the next one of the same program: nothing, though their sockets have the same number."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Callback, Connect, Ready, Recv, Send
from harness.verdict import Verdict, failed_by_absence, not_applicable, passed

OTHERWISE = ("ETIMEDOUT", "EINTR")
"""What ends an attempt without any news of its socket: rightly the own timer, and wrongly a signal, see T9-56."""


@clause(
    "T9-71",
    force=MUST,
    needs={"syscall", "subject"},
    says="An attempt in progress fails only by what its own socket was reported or said, or by the own timer.",
    why="A readiness that was fetched for its predecessor tells nothing of it: to act on it ends what goes on well.",
    source="epoll(7), Q6 and event cache; catalogue 7, 15, 43, 77",
)
def fails_by_its_own_readiness(attempt: Attempt) -> Verdict:
    told = attempt.first(Callback, name="errorEncountered")
    if not attempt.in_progress or told is None or told.args in OTHERWISE:
        return not_applicable("no failure of an attempt in progress was announced, or one that comes without readiness")
    before = attempt.before(told)
    ready = attempt.between(attempt.connect, told).first(Ready)
    said = next((call for call in before.each(Call, error=told.args) if isinstance(call, (Connect, Send, Recv))), None)
    known = ready or said
    if known is None:
        return failed_by_absence(f"{told.args} was announced, and the poller had not reported the socket", told)
    return passed(known, told)
