"""What the announcements say: how much input came, why it failed, how the program ended."""

from __future__ import annotations

import re

from harness.attempt import Attempt
from harness.clause import HOUSE, MUST, clause
from harness.events import Callback, Exit, Fact, Recv, State
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

REASON = re.compile(r"[a-z][a-z0-9-]*: \S.*")
NO_REASON = re.compile(r"\b(success|no error|in progress|try again|unknown error|errno \d+)\b", re.IGNORECASE)
"""What strerror(3) says of an errno that is none, or is not the one that counts."""


@clause(
    "T9-67",
    force=MUST,
    needs={"syscall", "subject"},
    says="Input is announced as it was read: every byte once, and none that was not read.",
    why="Callers take the sizes for what they may use: a byte too few is lost, a byte too many is somebody else's.",
    source="toy9 spec, Success Criteria 2; mcl Socket.cc, inputReady; catalogue 33, 63",
)
def input_is_announced_as_read(attempt: Attempt) -> Verdict:
    reads = [read for read in attempt.each(Recv) if read.result > 0 and not read.error]
    told = attempt.of(Callback, name="inputReady")
    if not reads and not told:
        return not_applicable("nothing was read")
    taken, announced = sum(read.result for read in reads), sum(_size(one) for one in told)
    if announced > taken:
        return failed(f"{announced} bytes of input were announced, {taken} were read", *reads[-1:], told[-1])
    if announced < taken and attempt.trace.keeps_journal:
        return failed_by_absence(f"{taken} bytes were read, {announced} were announced", *reads[-1:], *told[-1:])
    return passed_by_absence(*reads[-1:], *told[-1:])


def _size(told: Callback) -> int:
    return int(told.args) if told.args.isdecimal() else 0


@clause(
    "T9-68",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="Every error is told with a stable code and a sentence, and the sentence is not that of another errno.",
    why="Scripts compare the code and people read the sentence; 'no error' and 'operation in progress' help neither.",
    source="toy9 spec, Scope 5; catalogue 5, 30",
)
def errors_have_reasons(trace: Trace) -> Verdict:
    told = trace.of(Callback, who=trace.subject, name="errorEncountered")
    reasons = trace.of(Fact, who=trace.subject, name="error")
    if not told:
        return not_applicable("no error was announced")
    if len(reasons) < len(told):
        return failed_by_absence("an error was announced without a reason", told[len(reasons)])
    wrong = next((fact for fact in reasons if not REASON.fullmatch(fact.text) or NO_REASON.search(fact.text)), None)
    if wrong:
        return failed(f"{wrong.text!r} is no code with a sentence", wrong)
    return passed(*reasons)


@clause(
    "T9-69",
    force=HOUSE,
    needs={"subject", "lab"},
    per="trace",
    says="The exit status tells how it went: 0 if the connection ended well, another one after an error.",
    why="A script sees nothing else: a failure with status 0 is a success to everything that runs the program.",
    source="exit(3); catalogue 1",
)
def the_status_tells(trace: Trace) -> Verdict:
    ended = trace.last(Exit, who=trace.subject)
    states = [said for said in trace.journal if isinstance(said, State)]
    if ended is None or ended.signal or not states or states[-1].new not in ("closed", "error"):
        return not_applicable("the subject did not end by itself, or said nothing of an end")
    errors = [state for state in states if state.new == "error"]
    if errors and ended.status == 0:
        return failed("an error was announced, and the exit status was 0", errors[-1], ended)
    if not errors and ended.status:
        return failed(f"no error was announced, and the exit status was {ended.status}", states[-1], ended)
    return passed(states[-1], ended)
