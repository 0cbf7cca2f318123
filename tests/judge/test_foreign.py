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


NODE = """
server  wait(1) = ?
server+2 socket(inet, stream, nonblock) = sock1
server+2 bind(sock1, 10.0.0.2:80) = 0
server+2 listen(sock1, 511) = 0
server+2 watch(sock1, IN) = 0
server+2 wait(8096) = 1
kernel  server 10.0.0.2:80 10.0.0.1:40001  SYN_RECV -> ESTABLISHED
server+2 ready(sock1) = IN
server+2 accept(sock1, nonblock) = sock2
server+2 watch(sock2, IN) = 0
server+2 wait(8049) = 1
server+2 ready(sock2) = IN
server+2 recv(sock2, 65536) = 24 "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"
server+2 send(sock2, 47 "HTTP/1.1 400 Bad Request\\r\\nConnec") = 47
server+2 unwatch(sock2) = 0
server+2 close(sock2) = 0
server+2 wait(1) = ?
"""

NGINX = """
server  socket(inet, stream) = sock1
server  setnonblocking(sock1, on) = 0
server  bind(sock1, 0.0.0.0:80) = 0
server  listen(sock1, 511) = 0
server  watch(sock1, IN|RDHUP) = 0
server  wait(-1) = 1
server  ready(sock1) = IN
server  accept(sock1, nonblock) = sock2 10.0.0.1:40001
server  watch(sock2, IN|RDHUP|ET) = 0
server  wait(60000) = 1
server  ready(sock2) = IN
server  recv(sock2, 104) = 104 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
server  other(sock2, ioctl) = 0 "ioctl(8, FIONREAD, [0]) = 0"
server  wait(5000) = 1
server  ready(sock2) = IN|RDHUP
server  recv(sock2, 1024) = 0 EOF
server  close(sock2) = 0
server  wait(1) = ?
"""

THREADS = """
server  socket(inet, stream) = sock1
server  setnonblocking(sock1, on) = 0
server  bind(sock1, 10.0.0.2:80) = 0
server  listen(sock1, 5) = 0
server  watch(sock1, IN, poll) = 0
server  wait(500, poll) = 1
server  ready(sock1, poll) = IN
server  accept(sock1) = sock2 10.0.0.1:40001
server  wait(500, poll) = 0
server+2 recv(sock2, 8192) = 25 "Expect: 100-continue\\r\\n\\r\\n"
server  wait(500, poll) = 0
server+2 send(sock2, 25 "HTTP/1.1 100 Continue\\r\\n\\r\\n") = 25
server+2 close(sock2) = 0
server  wait(500, poll) = ?
"""


def verdicts(text: str, spec: str = "toy9", subject: str = "client") -> dict[str, str]:
    trace = Trace(parse(text), subject=subject)
    return {clause.id: judge_clause(clause, trace).outcome for clause in clauses_of(spec)}


@pytest.mark.parametrize("text", [ASYNCIO_CONNECTED, ASYNCIO_REFUSED, CURL_CONNECTED])
def test_well_known_programs_conform_where_they_can_be_judged(text: str) -> None:
    judged = verdicts(text)
    assert set(judged.values()) == {"pass", "not_applicable"}
    assert [judged[f"T9-{n}"] for n in ("01", "02", "03", "04", "06", "07", "20", "27", "29", "34")] == ["pass"] * 10


@pytest.mark.parametrize(
    ("answer", "end", "outcome"),
    [
        ("wire server >> client  RA", "client close(sock1) = 0", "fail"),
        ("wire server >> client  SA", "client close(sock1) = 0 by exit", "fail"),
        ("", "lab mark deadline over\nclient close(sock1) = 0 by exit", "fail"),
        ("", "client close(sock1) = 0", "not_applicable"),
        ("", "client close(sock1) = 0 by exit", "not_applicable"),
    ],
    ids=["refused", "connected", "hung", "given up", "gone at once"],
)
def test_who_never_asks_what_became_of_it_is_convicted_unless_it_gave_up(answer: str, end: str, outcome: str) -> None:
    begun = "client socket(inet, stream, nonblock) = sock1\nclient connect(sock1, 10.0.0.2:9) = EINPROGRESS\n"
    assert verdicts(f"{begun}wire client > server  S\n{answer}\n{end}\n")["T9-03"] == outcome


def test_a_careless_program_is_convicted_without_a_journal() -> None:
    failed = [id for id, outcome in verdicts(CARELESS).items() if outcome == "fail"]
    assert failed == ["T9-02", "T9-04", "T9-06", "T9-07", "T9-12", "T9-20", "T9-27"]


@pytest.mark.parametrize("text", [NODE, NGINX, THREADS])
def test_a_server_of_its_own_kind_is_not_measured_by_the_habits_of_ours(text: str) -> None:
    judged = verdicts(text, "httpd", "server")
    assert {id for id, outcome in judged.items() if outcome == "fail"} == set()
    assert judged["HT-01"] == judged["HT-18"] == "pass"


def test_a_thread_of_its_own_may_block_and_the_one_that_accepts_may_not() -> None:
    assert verdicts(THREADS, "httpd", "server")["HT-02"] == "not_applicable"
    assert verdicts(THREADS.replace("server+2", "server"), "httpd", "server")["HT-02"] == "fail"


def test_asking_how_much_is_left_ends_an_edge_only_if_nothing_is() -> None:
    assert verdicts(NGINX, "httpd", "server")["HT-08"] == "pass"
    assert verdicts(NGINX.replace("[0]", "[7]"), "httpd", "server")["HT-08"] == "fail"


@pytest.mark.parametrize(("spec", "text"), [("httpd", NODE), ("httpd", NGINX), ("chat", NGINX)])
def test_what_only_our_own_journal_and_words_can_show_is_not_asked_of_others(spec: str, text: str) -> None:
    judged = verdicts(text, spec, "server")
    ours = [clause.id for clause in clauses_of(spec) if "subject" in clause.needs]
    assert {judged[id] for id in ours} == {"not_applicable"}
    assert {"HT-05", "HT-09", "HT-19", "HT-25", "HT-27", "CH-05", "CH-09", "CH-10", "CH-19", "CH-24", "CH-26"} & {
        *judged
    } <= {*ours}


def test_a_listener_on_another_port_has_nothing_to_do_with_what_was_accepted_at_the_first() -> None:
    def opened(sock: int, port: int) -> str:
        return (
            f"server  socket(inet, stream, nonblock) = sock{sock}\nserver  bind(sock{sock}, 10.0.0.2:{port}) = 0\n"
            f"server  listen(sock{sock}, 128) = 0\nserver  watch(sock{sock}, IN) = 0\n"
        )

    def called(sock: int, port: int, client: int) -> str:
        return (
            f"server  wait(-1) = 1\nwire    client:{client} >> server:{port}  S\n"
            f"wire    server:{port} > client:{client}  SA ack=1\n"
            f"wire    client:{client} >> server:{port}  A seq=1 ack=1\nserver  ready(sock{sock}) = IN\n"
            f"server  accept(sock{sock}) = sock{sock + 2} 10.0.0.1:{client}\n"
        )

    two = opened(1, 7) + opened(2, 8) + called(1, 7, 40000)
    [clause] = [clause for clause in clauses_of("readiness") if clause.id == "RD-09"]
    honest = judge_clause(clause, Trace(parse(two + called(2, 8, 40001)), subject="server"))
    assert honest.outcome == "pass", honest.reason
    early = two + "server  wait(-1) = 1\nserver  ready(sock2) = IN\n"
    assert judge_clause(clause, Trace(parse(early), subject="server")).outcome == "fail"
