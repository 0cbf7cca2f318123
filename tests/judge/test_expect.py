"""Each expectation of a scenario passes, fails and abstains for its own reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.case import Case
from harness.expect import expectations
from harness.notation import parse
from harness.trace import Trace
from harness.verdict import Verdict

MakeCase = Callable[..., Case]


def verdict(case: Case, trace: Trace, stdout: str | None = None) -> Verdict:
    [(_, only)] = expectations(case, trace, stdout)
    return only


def test_nothing_asked_is_nothing_judged(refused: Trace, make_case: MakeCase) -> None:
    assert expectations(make_case(), refused) == []


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        ({"states": ("connecting", "error")}, "pass"),
        ({"states": ("connecting", "connected")}, "fail"),
        ({"states": ("connecting",)}, "fail"),
        ({"error": "ECONNREFUSED"}, "pass"),
        ({"error": "ETIMEDOUT"}, "fail"),
        ({"callbacks": ("errorEncountered",)}, "pass"),
        ({"callbacks": ("errorEncountered(ECONNREFUSED)",)}, "pass"),
        ({"callbacks": ("errorEncountered(EPIPE)",)}, "fail"),
        ({"exit": 10}, "pass"),
        ({"exit": 0}, "fail"),
        ({"syns": 1}, "pass"),
        ({"syns": 0}, "fail"),
        ({"syns": 2}, "fail"),
        ({"received": ""}, "pass"),
        ({"received": "hello"}, "fail"),
        ({"silence_before": "RA"}, "pass"),
        ({"silence_before": "SA"}, "fail"),
        ({"within_ms": 1}, "pass"),
        ({"branch": ("connect-in-progress",)}, "pass"),
        ({"branch": ("connect-at-once",)}, "fail"),
        ({"branch": ("icmp-at-once", "icmp-while-locked")}, "inconclusive"),
    ],
    ids=str,
)
def test_a_refused_connection_meets_or_breaks(
    refused: Trace, make_case: MakeCase, asked: dict[str, object], outcome: str
) -> None:
    assert verdict(make_case(**asked), refused).outcome == outcome


@pytest.mark.parametrize(
    ("asked", "by_absence"),
    [
        ({"states": ("connecting", "error", "closed")}, True),
        ({"states": ("connecting", "connected")}, False),
        ({"syns": 2}, True),
        ({"syns": 0}, False),
        ({"received": "hello"}, True),
    ],
    ids=str,
)
def test_what_is_missing_is_told_apart_from_what_is_wrong(
    refused: Trace, make_case: MakeCase, asked: dict[str, object], by_absence: bool
) -> None:
    judged = verdict(make_case(**asked), refused)
    assert (judged.outcome, judged.by_absence) == ("fail", by_absence)


def test_the_reason_names_what_was_expected_and_what_was_seen(refused: Trace, make_case: MakeCase) -> None:
    judged = verdict(make_case(states=("connecting", "connected")), refused)
    assert judged.reason == "expected states connecting -> connected, saw connecting -> error"
    assert judged.evidence == (refused.events[16],)


def test_a_subject_that_was_killed_has_no_exit_status(make_case: MakeCase) -> None:
    killed = Trace(parse("lab exit client SIGPIPE"))
    assert verdict(make_case(exit=0), killed).reason == "expected exit status 0, it was killed by SIGPIPE"


def test_a_subject_that_never_ended_has_no_exit_status(make_case: MakeCase) -> None:
    assert verdict(make_case(exit=0), Trace(parse("lab mark started"))).by_absence


def test_what_a_listener_of_the_lab_received_is_put_together(make_case: MakeCase) -> None:
    heard = Trace(parse("lab server peer received hel\nlab server peer received lo"))
    assert verdict(make_case(received="hello"), heard).outcome == "pass"
    assert verdict(make_case(received="help!"), heard).reason == (
        "the peer should have received 'help!', it received 'hello'"
    )


def test_what_another_program_received_is_read_from_its_journal(make_case: MakeCase) -> None:
    heard = Trace(parse("journal fact received no\nserver/journal fact received hello"))
    assert verdict(make_case(received="hello"), heard).outcome == "pass"


def test_syns_to_another_port_and_of_another_host_do_not_count(make_case: MakeCase) -> None:
    text = "wire client:40000 > server:9 S\nwire client:40001 > dns:53 S\nwire server:1 > client:9 S\n"
    assert verdict(make_case(syns=1), Trace(parse(text))).outcome == "pass"


def test_the_kernels_own_repetition_of_a_syn_is_no_other_attempt(make_case: MakeCase) -> None:
    once = "0.0 wire client:40000 > server:9 S\n"
    late, soon = "1.01 wire client:40000 > server:9 S\n", "0.5 wire client:40000 > server:9 S\n"
    assert verdict(make_case(syns=1), Trace(parse(once + late))).outcome == "pass"
    assert verdict(make_case(syns=1), Trace(parse(once + soon))).outcome == "fail"
    assert verdict(make_case(syns=1), Trace(parse(once + late.replace("40000", "40001")))).outcome == "fail"
    assert verdict(make_case(syns=0), Trace(parse(once + late))).outcome == "fail"


def test_an_outcome_that_comes_too_late_breaks_within(make_case: MakeCase) -> None:
    slow = Trace(parse("0.0 lab mark started\n2.5 journal state connecting -> error"))
    assert verdict(make_case(within_ms=3000), slow).outcome == "pass"
    assert verdict(make_case(within_ms=2000), slow).reason == "it took 2500 ms, allowed are 2000 ms"


def test_without_a_journal_within_is_about_the_end(make_case: MakeCase) -> None:
    assert verdict(make_case(within_ms=10), Trace(parse("0 lab mark started\n1 lab exit client 0"))).outcome == "fail"


def test_an_outcome_that_never_came_breaks_within_by_its_absence(make_case: MakeCase) -> None:
    assert verdict(make_case(within_ms=10), Trace(parse("0 lab mark started"))).by_absence


@pytest.mark.parametrize(
    "asked", [{"states": ("error",)}, {"error": "E"}, {"callbacks": ("x",)}, {"silence_before": "S"}]
)
def test_a_program_without_a_journal_is_not_asked_for_one(make_case: MakeCase, asked: dict[str, object]) -> None:
    assert verdict(make_case(**asked), Trace(parse("lab exit client 0"))).outcome == "not_applicable"


def test_the_output_must_have_every_text(refused: Trace, make_case: MakeCase) -> None:
    case = make_case(stdout=("refused", "10.0.0.2"))
    assert verdict(case, refused, "refused: 10.0.0.2 port 9").outcome == "pass"
    assert verdict(case, refused, "refused").reason == "the output lacks '10.0.0.2'"
    assert verdict(case, refused).outcome == "inconclusive"


def test_an_unknown_branch_is_a_mistake_in_the_scenario(refused: Trace, make_case: MakeCase) -> None:
    with pytest.raises(ValueError, match="no branch is called icmp-sometimes; known are connect-at-once"):
        verdict(make_case(branch=("icmp-sometimes",)), refused)


RESET = (
    '0.000000  client  send(sock1, 1 "x") = -1 EPIPE\n'
    "0.000010  client  signal SIGPIPE\n"
    "0.000020  client  close(sock1) = 0\n"
)


@pytest.mark.parametrize(("line", "outcome"), [("client close*", "pass"), ("client shutdown*", "fail")])
def test_what_is_always_asked_is_an_excerpt_too(make_case: MakeCase, line: str, outcome: str) -> None:
    assert verdict(make_case(always=("client signal SIGPIPE", line)), Trace(parse(RESET))).outcome == outcome


@pytest.mark.parametrize(
    ("self_reported", "signal", "outcome"),
    [(False, "SIGPIPE", "pass"), (False, "SIGHUP", "fail"), (True, "SIGPIPE", "not_applicable")],
)
def test_what_no_program_tells_itself_is_asked_of_an_independent_witness_alone(
    make_case: MakeCase, *, self_reported: bool, signal: str, outcome: str
) -> None:
    trace = Trace(parse(RESET), self_reported=self_reported)
    assert verdict(make_case(witnessed=(f"client signal {signal}", "client close*")), trace).outcome == outcome
