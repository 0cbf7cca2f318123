"""An excerpt is found in its order, and a state of the kernel wherever it could be seen between two acts of the lab."""

from __future__ import annotations

import pytest

from harness.excerpt import in_order
from harness.notation import parse
from harness.trace import Trace

ARRIVES = "wire    server:7 >> client:40000  SA\n"
STATE = "kernel  client 10.0.0.1:40000 10.0.0.2:7  SYN_SENT -> ESTABLISHED\n"
READY = "client  ready(sock1) = OUT\n"
LATER = "wire    server:7 >> client:40000  FA\n"
WANTED = ["wire server:7 >> client:* SA", "client ready(sock1) = OUT", "kernel client * SYN_SENT -> ESTABLISHED"]


def outcome(trace: str, *wanted: str) -> str:
    return in_order(Trace(parse(trace)), wanted).outcome


@pytest.mark.parametrize(
    "trace", [ARRIVES + READY + STATE, ARRIVES + STATE + READY], ids=["seen by a look", "seen at its moment"]
)
def test_a_state_is_found_before_and_after_what_a_program_did_between_the_same_acts(trace: str) -> None:
    assert outcome(trace, *WANTED) == "pass"
    assert outcome(trace + LATER, *WANTED, "wire server:7 >> client:* FA") == "pass"


def test_a_state_from_before_the_last_act_that_is_named_is_not_taken() -> None:
    assert outcome(STATE + ARRIVES + READY, *WANTED) == "fail"


def test_two_states_stay_in_their_order() -> None:
    other = STATE.replace("SYN_SENT -> ESTABLISHED", "ESTABLISHED -> CLOSE_WAIT")
    wanted = ("kernel client * ESTABLISHED -> CLOSE_WAIT", "kernel client * SYN_SENT -> ESTABLISHED")
    assert outcome(STATE + other, *reversed(wanted)) == "pass"
    assert outcome(STATE + other, *wanted) == "fail"


def test_lines_of_other_lanes_stay_in_their_order() -> None:
    assert outcome(READY + ARRIVES, WANTED[0], WANTED[1]) == "fail"
