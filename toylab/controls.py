"""The controls: a case that must pass and one that must not, run before all others and after them.

Each run says of itself in this way whether its verdicts can be believed: a lab that acquits the known sinner, or
convicts the honest client, would do the same to the program under test, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.case import Case
from harness.result import CaseResult
from toylab import finding

SCENARIO, AXES = "refused", {"family": "ipv4", "poller": "epoll"}
SIN, CLAUSE = "reads-so-error-twice", "T9-07"
SERIES = "Control"
"""No scenario is called so: their names have no capitals."""
PLACES = ("first", "last")


def cases(place: str) -> list[Case]:
    """The known good and the known bad case. Their ids begin with `Control-` and end with `place`, one of PLACES."""
    from harness.kept import cases_in

    honest = next(case for case in cases_in(finding.scenario_files("toy9", [SCENARIO])) if case.axes == AXES)
    sinner = replace(honest, subject=replace(honest.subject, mutant=SIN))
    return [_named(honest, "good", place), _named(sinner, "bad", place)]


def _named(case: Case, kind: str, place: str) -> Case:
    return replace(case, id=f"{SERIES}-{kind}::{place}", scenario=f"{SERIES}-{kind}", axes={"place": place})


def is_control(id: str) -> bool:
    return id.startswith(f"{SERIES}-")


def misbehaving(results: Iterable[CaseResult]) -> str:
    """What the controls did that they must not do, for people; nothing if they were as they should be."""
    return "; ".join(filter(None, map(_complaint, sorted(results, key=lambda result: result.id))))


def _complaint(result: CaseResult) -> str:
    kind, _, place = result.id.removeprefix(f"{SERIES}-").partition("::")
    convicted = [clause.id for clause in result.clauses if clause.outcome == "fail"]
    if kind == "good":
        good = result.verdict == "pass"
        return "" if good else f"the known good case ({place}) came out as {result.verdict}: {result.reason}"
    if result.verdict == "fail" and CLAUSE in convicted:
        return ""
    told = f"convicted by {', '.join(convicted) or 'nothing'}" if result.verdict == "fail" else result.verdict
    return f"the known bad case ({place}) should be convicted by {CLAUSE}, it is {told}"
