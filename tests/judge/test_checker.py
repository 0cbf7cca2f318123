"""The checker weighs what was missed, and what goes wrong in a clause is never held against the subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from msgspec.json import decode, encode

from harness.attempt import Attempt
from harness.case import Case
from harness.checker import judge, judge_clause, settings_of, trace_of
from harness.clause import MUST, Clause, clause, collect
from harness.errors import UsageError
from harness.events import Close, Event, Mark, Point, Wait
from harness.notation import parse
from harness.result import CaseResult
from harness.spec import clauses_of
from harness.spec.toy9 import opening, output
from harness.trace import Trace
from harness.verdict import (
    Verdict,
    failed,
    failed_by_absence,
    inconclusive,
    not_applicable,
    passed,
    passed_by_absence,
)
from reports import tally

MakeCase = Callable[..., Case]


def said(verdict: Verdict, needs: Iterable[Point] = ("syscall",)) -> Clause:
    """A clause that says just this of any trace."""
    return clause("X-01", force=MUST, says="It is so.", why="It was said.", source="", needs=needs, per="trace")(
        lambda trace: verdict
    )


def outcomes(result: CaseResult) -> dict[str, str]:
    return {judged.id: judged.outcome for judged in (*result.clauses, *result.expectations)}


def test_an_honest_refused_case_passes_with_all_that_a_report_needs(refused: Trace, make_case: MakeCase) -> None:
    case = make_case(states=("connecting", "error"), error="ECONNREFUSED", exit=10, syns=1)
    result = judge(refused, case)
    assert (result.verdict, result.states, result.error, result.exit) == (
        "pass", ("connecting", "error"), "ECONNREFUSED", "10",
    )  # fmt: skip
    assert [judged.id for judged in result.clauses] == [clause.id for clause in clauses_of("toy9")]
    assert result.branches == ("connect-in-progress",)
    assert result.points == ("subject", "syscall", "wire", "kernel", "lab")
    assert len(result.canonical) == 64


def test_evidence_is_told_by_number(refused: Trace, make_case: MakeCase) -> None:
    [so_error] = [judged for judged in judge(refused, make_case()).clauses if judged.id == "T9-07"]
    assert so_error.evidence == (11, 12)


def test_a_result_survives_json(refused: Trace, make_case: MakeCase) -> None:
    result = judge(refused, make_case(exit=10))
    assert decode(encode(result), type=CaseResult) == result


def test_one_failed_clause_fails_the_case_with_its_reason(refused: Trace, make_case: MakeCase) -> None:
    result = judge(refused, make_case(), clauses=[said(passed()), said(failed("it is not so"))])
    assert (result.verdict, result.reason) == ("fail", "X-01: it is not so")


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [((3, 9), (2, 5), "other"), ((3,), (2, 5), "one"), ((), (2, 5), "other"), ((4,), (4,), "one")],
    ids=["completed later", "completed sooner", "of the whole case", "at once"],
)
def test_of_two_broken_clauses_the_one_that_was_broken_first_speaks(
    refused: Trace, make_case: MakeCase, one: tuple[int, ...], other: tuple[int, ...], told: str
) -> None:
    events = refused.events
    both = [
        said(failed("one", *(events[number] for number in one))),
        said(failed("other", *(events[number] for number in other))),
    ]
    result = judge(refused, make_case(), clauses=both)
    assert result.reason == f"X-01: {told}"
    assert tally.blamed(result)[0].reason == told


def test_what_did_not_happen_is_broken_last(refused: Trace, make_case: MakeCase) -> None:
    missing, done = failed_by_absence("never", refused.events[1]), failed("too soon", refused.events[9])
    result = judge(refused, make_case(), clauses=[said(missing), said(done)])
    assert result.reason == "X-01: too soon"
    assert [one.reason for one in tally.blamed(result)] == ["too soon", "never"]


def test_one_failed_expectation_fails_the_case(refused: Trace, make_case: MakeCase) -> None:
    assert judge(refused, make_case(exit=0)).verdict == "fail"


def test_a_clause_that_crashes_is_inconclusive_with_the_text(refused: Trace) -> None:
    @clause("X-02", force=MUST, says="It is so.", why="It was said.", source="", needs=(), per="trace")
    def broken(trace: Trace) -> Verdict:
        raise ZeroDivisionError("a slip")

    verdict = judge_clause(broken, refused)
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "the clause crashed: ZeroDivisionError: a slip")


def test_evidence_from_elsewhere_is_a_crash_of_the_clause(refused: Trace) -> None:
    assert judge_clause(said(passed(Wait(at_ns=0))), refused).reason.startswith("the clause crashed: LookupError")


def test_an_empty_trace_is_inconclusive(make_case: MakeCase) -> None:
    result = judge(Trace(), make_case(), clauses=[])
    assert (result.verdict, result.reason) == ("inconclusive", "nothing was recorded")


def test_no_verdict_at_all_is_inconclusive(refused: Trace, make_case: MakeCase) -> None:
    assert judge(refused, make_case(), clauses=[]).verdict == "inconclusive"


def cut(trace: Trace, *points: Point) -> Trace:
    return Trace(trace.events, cut=points)


def without(trace: Trace, *points: Point) -> Trace:
    return Trace(trace.events, points=trace.points - set(points))


@pytest.mark.parametrize(
    ("verdict", "weighed"),
    [
        (passed(), "pass"),
        (passed_by_absence(), "inconclusive"),
        (failed("seen"), "fail"),
        (failed_by_absence("missed"), "inconclusive"),
        (not_applicable("never began"), "inconclusive"),
    ],
)
def test_a_recording_that_was_cut_convicts_only_by_what_it_shows(
    refused: Trace, verdict: Verdict, weighed: str
) -> None:
    assert judge_clause(said(verdict), cut(refused, "syscall")).outcome == weighed
    assert judge_clause(said(verdict), cut(refused, "wire")).outcome == verdict.outcome


@pytest.mark.parametrize(
    ("verdict", "weighed"),
    [
        (passed(), "inconclusive"),
        (failed("seen"), "fail"),
        (failed_by_absence("missed"), "inconclusive"),
        (not_applicable("never began"), "inconclusive"),
    ],
)
def test_a_point_that_was_not_there_acquits_nobody(refused: Trace, verdict: Verdict, weighed: str) -> None:
    judged = judge_clause(said(verdict, ("syscall", "wire")), without(refused, "wire"))
    assert judged.outcome == weighed
    assert weighed == "fail" or judged.reason == "nothing was recorded at: wire"


def test_a_program_without_a_journal_is_not_judged_by_it(make_case: MakeCase) -> None:
    case = make_case(states=("connecting",), error="ECONNREFUSED")
    judged = {judged.id: judged for judged in judge(trace_of(case, parse(FOREIGN)), case).clauses}
    assert judged["T9-08"].reason == "the subject keeps no journal"
    passes = [id for id, judgement in judged.items() if judgement.outcome == "pass"]
    assert " ".join(passes) == (
        "T9-01 T9-02 T9-03 T9-04 T9-06 T9-07 T9-20 T9-27 T9-29 T9-30 T9-34 T9-35 T9-37 T9-39 T9-40 T9-42 T9-43 T9-44"
    )
    assert {judgement.outcome for judgement in judged.values()} == {"pass", "not_applicable"}


FOREIGN = """
client  socket(inet, stream) = sock1
client  setnonblocking(sock1, on) = 0
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  watch(sock1, OUT, poll) = 0
client  wait(1000, poll) = 1
wire    client > server  S
wire    server >> client  RA
client  ready(sock1, poll) = OUT|ERR|HUP
client  getsockopt(sock1, SO_ERROR) = ECONNREFUSED
client  close(sock1) = 0
lab     exit client 7
"""


def test_a_journal_that_was_cut_before_its_first_line_is_inconclusive() -> None:
    lost = Trace(parse(FOREIGN), cut=("subject",))
    assert judge_clause(said(not_applicable(""), ("subject",)), lost).outcome == "inconclusive"


def test_calls_told_by_the_subject_itself_are_marked(refused: Trace, make_case: MakeCase) -> None:
    told = Trace(refused.events, self_reported=True)
    result = judge(told, make_case())
    marks = {judged.id: judged.self_reported for judged in result.clauses}
    assert result.self_reported
    assert (marks["T9-07"], marks["T9-16"]) == (True, False)


def test_a_clause_expected_to_fail_speaks_through_the_expectation(refused: Trace, make_case: MakeCase) -> None:
    clauses = [said(failed("a mutant"))]
    assert judge(refused, make_case(clauses={"X-01": "fail"}), clauses=clauses).verdict == "pass"
    wrong = judge(refused, make_case(clauses={"X-01": "pass"}), clauses=clauses)
    assert outcomes(wrong)["clauses.X-01"] == "fail"
    assert (
        outcomes(judge(refused, make_case(clauses={"X-99": "pass"}), clauses=clauses))["clauses.X-99"] == "inconclusive"
    )


def test_an_inconclusive_clause_neither_meets_nor_breaks_an_expectation(refused: Trace, make_case: MakeCase) -> None:
    result = judge(refused, make_case(clauses={"X-01": "pass"}), clauses=[said(inconclusive("cut"))])
    assert outcomes(result)["clauses.X-01"] == "inconclusive"


def test_a_clock_that_was_set_spoils_the_whole_case(refused: Trace, make_case: MakeCase) -> None:
    stepped = Trace([*refused.events, Mark(at_ns=9, who="lab", name="clock-step", text="by 3 s")])
    result = judge(stepped, make_case(exit=0))
    assert (result.verdict, result.reason) == ("inconclusive", "the clock was set during the case: by 3 s")


def test_the_trace_of_a_case_knows_its_settings(make_case: MakeCase) -> None:
    case = make_case(received="hello")
    settings = {"family": "ipv4", "poller": "epoll", "target": "10.0.0.2 9", "output": "hello"}
    assert settings_of(case) == settings
    whole = trace_of(case, [Close(at_ns=1)], cut=("wire",))
    assert (whole.subject, dict(whole.settings), whole.cut) == ("client", settings, frozenset({"wire"}))


def test_an_unknown_spec_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match=r"there is no spec 'toy8'; did you mean 'toy9'\?"):
        clauses_of("toy8")
    with pytest.raises(UsageError, match=r"there is no spec 'smtp'; known are chat, .*, toy9"):
        clauses_of("smtp")


def test_clauses_are_collected_by_number() -> None:
    ids = [clause.id for clause in collect(output, opening)]
    assert ids == ["T9-01", "T9-02", "T9-04", "T9-12", "T9-13", "T9-14", "T9-15", "T9-19"]


def test_two_clauses_with_one_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "another", collect(output)[0], raising=False)
    assert len(collect(output)) == 4
    twin = clause("T9-12", force=MUST, says="It is so.", why="It was said.", source="", needs=(), per="trace")
    monkeypatch.setattr(output, "another", twin(lambda trace: passed()))
    with pytest.raises(ValueError, match="two clauses T9-12"):
        collect(output)


@pytest.mark.parametrize(
    "wrong", [{"id": "7"}, {"says": "no full stop"}, {"why": "nor here"}, {"needs": {"moon"}}], ids=str
)
def test_a_clause_without_number_sentences_or_known_points_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"id": "X-01", "says": "It is so.", "why": "It was said.", "needs": ()}
    with pytest.raises(ValueError, match="a number like T9-07"):
        clause(**{**right, **wrong}, force=MUST, source="", per="trace")  # type: ignore[call-overload]


def test_a_clause_per_attempt_is_asked_of_each(refused: Trace) -> None:
    seen: list[Event] = []

    @clause("X-03", force=MUST, says="It is so.", why="It was said.", source="", needs=())
    def each(attempt: Attempt) -> Verdict:
        seen.append(attempt.connect)
        return passed()

    assert each(refused).outcome == "pass"
    assert seen == [refused.events[2]]
    assert each(Trace()).outcome == "not_applicable"
