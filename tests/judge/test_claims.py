"""What no clause, no line of the scenario and no protocol accounts for is found."""

from __future__ import annotations

import pytest

from harness.claims import Claims
from harness.notation import body, parse
from harness.trace import Trace

CONNECT = """\
client  socket(inet, stream, nonblock) = sock1
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
wire    client:40000 > server:9  S
wire    client:40000 >> server:9  S
wire    server:9 > client:40000  RA
wire    server:9 >> client:40000  RA
kernel  client 10.0.0.1:40000 10.0.0.2:9  CLOSE -> SYN_SENT
client  watch(sock1, OUT) = 0
client  ready(sock1) = OUT|ERR|HUP
"""


def left_over(more: str = "", before: str = "", **settings: str) -> list[str]:
    told = {"target": "10.0.0.2 9", **settings}
    return [body(event) for event in Claims(Trace(parse(before + CONNECT + more), settings=told)).unclaimed()]


def test_a_connection_to_the_target_is_accounted_for() -> None:
    assert left_over() == []


@pytest.mark.parametrize(
    "more",
    [
        "wire    client > server  arp who-has 10.0.0.2\n",
        "wire    client:50000 > dns:53  udp A? good.lab 26\n",
        "wire    router >> client  icmp 3/1\n",
        "lab     fault rule 1 drop frame 7\nwire    other:1 > server:2  udp 5 frame=7\n",
        "server  connect(sock1, 10.0.0.1:7) = EINPROGRESS\nwire    server:44444 > client:7  S\n",
    ],
)
def test_neighbours_names_errors_the_scenario_and_its_other_programs_account_for_theirs(more: str) -> None:
    assert left_over(more) == []


def test_a_conversation_of_the_subject_with_somebody_else_is_not_accounted_for() -> None:
    more = "client  connect(sock2, 10.0.0.2:4711) = EINPROGRESS\nwire    client:40001 > server:4711  S\n"
    assert left_over(more) == ["client:40001 > server:4711  S"]
    assert left_over(more, calls="listed") == []


def test_a_segment_of_no_conversation_is_not_accounted_for() -> None:
    assert left_over("wire    server:80 >> client:40001  PA 5\n") == ["server:80 >> client:40001  PA 5"]


def test_readiness_of_a_socket_that_nobody_watches_is_not_accounted_for() -> None:
    assert left_over("client  ready(sock2) = IN\n") == ["ready(sock2) = IN"]


def test_a_state_of_no_conversation_is_not_accounted_for() -> None:
    line = "server 10.0.0.2:80 10.0.0.7:99  CLOSE -> SYN_RECV"
    assert left_over(f"kernel  {line}\n") == [line]


def test_a_call_that_has_no_name_here_is_not_accounted_for() -> None:
    assert left_over('client  other(sock1, ioctl) = 0 "ioctl(3, SIOCGIFCONF, NULL) = 0"\n') != []
