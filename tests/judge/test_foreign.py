"""Programs that keep no journal are judged by their calls and packets alone; these traces were taken from real ones."""

from __future__ import annotations

import pytest

from harness.checker import judge_clause
from harness.notation import parse
from harness.spec import clauses_of
from harness.trace import Trace

ASYNCIO_CONNECTED = """
client  socket(unix, stream) = sock1
client  socket(inet, stream) = sock2
client  setnonblocking(sock2, on) = 0
client  connect(sock2, 10.0.0.2:9) = EINPROGRESS
client  watch(sock2, OUT) = 0
client  wait(2999) = 1
wire    client > server  S
wire    server >> client  SA
client  ready(sock2) = OUT
client  getsockopt(sock2, SO_ERROR) = 0
client  wait(0) = 1
client  ready(sock2) = OUT
client  unwatch(sock2) = 0
client  setnonblocking(sock2, on) = 0
client  getsockname(sock2) = 10.0.0.1:44652
client  getpeername(sock2) = 10.0.0.2:9
client  setsockopt(sock2, TCP_NODELAY, [1]) = 0
client  wait(0) = 0
client  watch(sock2, IN) = 0
client  wait(0) = 0
client  send(sock2, 2 "hi") = 2
client  wait(-1) = 1
client  ready(sock2) = IN
client  recv(sock2, 262144) = 2 "ok"
client  wait(0) = 1
client  ready(sock2) = IN
client  unwatch(sock2) = 0
client  wait(0) = 0
client  close(sock2) = 0
client  close(sock1) = 0
lab     exit client 0
"""

ASYNCIO_REFUSED = """
client  socket(inet, stream) = sock2
client  setnonblocking(sock2, on) = 0
client  connect(sock2, 10.0.0.2:9) = EINPROGRESS
client  watch(sock2, OUT) = 0
client  wait(3000) = 1
wire    client > server  S
wire    server >> client  RA
client  ready(sock2) = OUT|ERR|HUP
client  getsockopt(sock2, SO_ERROR) = ECONNREFUSED
client  wait(0) = 1
client  ready(sock2) = OUT|HUP
client  unwatch(sock2) = 0
client  close(sock2) = 0
lab     exit client 0
"""

CURL_CONNECTED = """
client  socket(inet, stream) = sock1
client  setsockopt(sock1, TCP_NODELAY, [1]) = 0
client  setnonblocking(sock1, on) = 0
client  connect(sock1, 10.0.0.2:80) = EINPROGRESS
client  watch(sock1, OUT, poll) = 0
client  wait(199, poll) = 1
wire    client > server  S
wire    server >> client  SA
client  ready(sock1, poll) = OUT
client  watch(sock1, PRI|OUT, poll) = 0
client  wait(0, poll) = 1
client  ready(sock1, poll) = OUT
client  getsockopt(sock1, SO_ERROR) = 0
client  getsockname(sock1) = 10.0.0.1:44654
client  getpeername(sock1) = 10.0.0.2:80
client  send(sock1, 79 "GET / HTTP/1.1") = 79
client  watch(sock1, IN|PRI, poll) = 0
client  wait(0, poll) = 1
client  ready(sock1, poll) = IN
client  recv(sock1, 102400) = 40 "HTTP/1.0 200 OK"
client  close(sock1) = 0
lab     exit client 0
"""

CARELESS = """
client  socket(inet, stream, nonblock) = sock1
client  watch(sock1, OUT) = 0
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  wait(-1) = 1
client  ready(sock1) = OUT|ERR|HUP
client  send(sock1, 5 "hello") = -1 ECONNREFUSED
client  connect(sock1, 10.0.0.2:9) = -1 ECONNABORTED
client  close(sock1) = 0
lab     exit client SIGPIPE
"""


def verdicts(text: str) -> dict[str, str]:
    return {clause.id: judge_clause(clause, Trace(parse(text))).outcome for clause in clauses_of("toy9")}


@pytest.mark.parametrize("text", [ASYNCIO_CONNECTED, ASYNCIO_REFUSED, CURL_CONNECTED])
def test_well_known_programs_conform_where_they_can_be_judged(text: str) -> None:
    judged = verdicts(text)
    assert set(judged.values()) == {"pass", "not_applicable"}
    assert [judged[f"T9-{n}"] for n in ("01", "02", "03", "04", "06", "07", "20", "27", "29", "34")] == ["pass"] * 10


def test_a_careless_program_is_convicted_without_a_journal() -> None:
    failed = [id for id, outcome in verdicts(CARELESS).items() if outcome == "fail"]
    assert failed == ["T9-02", "T9-04", "T9-06", "T9-07", "T9-12", "T9-20", "T9-27"]
