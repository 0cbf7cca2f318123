"""A server from outside in place of our own: what is asked of it, and when its case ends."""

from __future__ import annotations

from harness.case import Case
from toylab import running
from toylab.running import Wish


def cases(spec: str, scenario: str) -> list[Case]:
    return running.cases_of(Wish(spec=spec, named=(scenario,), subject="true {host} {address} {port}"))[0]


def test_a_server_is_told_where_to_listen() -> None:
    assert {case.subject.argv[1:] for case in cases("httpd", "answer")} == {
        ("10.0.0.2", "10.0.0.2", "80"),
        ("fd00::2", "fd00::2", "80"),
    }


def test_what_only_our_own_server_was_told_is_not_asked_of_another_one() -> None:
    for case in cases("chat", "talk") + cases("chat", "full"):
        assert (case.expect.exit, case.expect.stdout, case.expect.trace, case.expect.clauses) == (None, (), (), {})


def test_the_case_of_a_server_ends_with_its_clients_and_that_of_a_client_with_itself() -> None:
    assert {case.ends for case in cases("readiness", "handshake-server")} == {"clients"}
    assert {case.ends for case in cases("readiness", "handshake")} == {"subject"}
    assert {case.ends for case in cases("toy9", "refused")} == {"subject"}
