"""Clauses of the kernel spec that accept several outcomes: the branch that they name, and what they say unwitnessed."""

from __future__ import annotations

import pytest

from harness.clause import Clause
from harness.notation import parse
from harness.spec import clauses_of
from harness.trace import Trace
from harness.verdict import Verdict

CLAUSES: dict[str, Clause] = {clause.id: clause for clause in clauses_of("kernel")}

PENDING = """\
client  socket(inet, {type}, nonblock) = sock1
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  watch(sock1, IN|OUT|RDHUP) = 0
client  wait(-1) = 1
wire    client:40000 > server:9  S
"""
ICMP = "wire    server >> client  icmp 3/1\n"
RST = "wire    server:9 >> client:40000  RA ack=1\n"
LOCKED = "kernel  client TcpExtLockDroppedIcmps +1\n"


def judged(id: str, rest: str, type: str = "stream") -> Verdict:
    return CLAUSES[id](Trace(parse(PENDING.format(type=type) + rest)))


@pytest.mark.parametrize(
    ("mask", "counter", "branch"),
    [("IN|OUT|ERR|HUP|RDHUP", "", "icmp-at-once"), ("ERR", LOCKED, "icmp-while-locked")],
)
def test_both_branches_of_an_icmp_error_are_lawful_and_named(mask: str, counter: str, branch: str) -> None:
    verdict = judged("K-20", f"{ICMP}client  ready(sock1) = {mask}\n{counter}")
    assert (verdict.outcome, branch in verdict.reason) == ("pass", True)


def test_err_alone_without_the_counter_of_the_locked_branch_proves_nothing() -> None:
    verdict = judged("K-20", f"{ICMP}client  ready(sock1) = ERR\n")
    assert (verdict.outcome, "LockDroppedIcmps" in verdict.reason) == ("inconclusive", True)


def test_multipath_tcp_that_is_ready_as_plain_tcp_is_of_an_unknown_version() -> None:
    verdict = judged("K-25", f"{RST}client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP\n", type="mptcp")
    assert (verdict.outcome, "IN|OUT|ERR|HUP|RDHUP" in verdict.reason) == ("inconclusive", True)


@pytest.mark.parametrize("forged", ["RA ack=2", "R", "RA ack=5000"])
def test_a_rst_that_does_not_acknowledge_the_syn_refuses_nothing(forged: str) -> None:
    rest = f"wire    server:9 >> client:40000  {forged}\nclient  ready(sock1) = OUT\n"
    assert judged("K-08", rest).outcome == "not_applicable"


def test_numbers_count_from_the_syn_ack_also_where_a_forged_one_came_first() -> None:
    rest = """\
wire    server:9 >> client:40000  SA ack=2
wire    server:9 >> client:40000  SA seq=700 ack=1
wire    server:9 >> client:40000  PA 3 "bye" seq=701 ack=1
wire    server:9 >> client:40000  R seq=704
client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP
client  recv(sock1, 4096) = {read}
"""
    assert judged("K-34", rest.replace("{read}", '3 "bye"')).outcome == "pass"
    assert judged("K-34", rest.replace("{read}", "-1 ECONNRESET")).outcome == "fail"
