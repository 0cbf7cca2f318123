"""The canonical form keeps what happened and forgets what may differ from run to run."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.canonical import canonical, digest
from harness.events import Socket, Wait
from harness.notation import parse
from harness.trace import Trace
from tests.judge.conftest import form

RUN = """
client  socket(inet, stream, nonblock) = sock1
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  wait(298) = 1
wire    client:40000 > server:9  S win=64240 frame=1
kernel  client 10.0.0.1:40000 10.0.0.2:9  CLOSE -> SYN_SENT
wire    client:40000 >> server:9  S frame=1
wire    server:9 > client:40000  SA ack=1 frame=2
wire    server:9 >> client:40000  SA ack=1 frame=2
client  ready(sock1) = OUT
client  getsockname(sock1) = 10.0.0.1:40000
journal fact local 10.0.0.1:40000
"""


def test_it_reads_like_a_trace_without_its_accidents() -> None:
    assert (
        form(RUN)
        == """\
client  socket(inet, stream, nonblock) = sock1
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  wait(0) = 1
wire  client:p1 > server:9  S
kernel  client 10.0.0.1:p1 10.0.0.2:9  CLOSE -> SYN_SENT
wire  client:p1 >> server:9  S

wire  server:9 > client:p1  SA ack=1
wire  server:9 >> client:p1  SA ack=1

client  ready(sock1) = OUT
client  getsockname(sock1) = 10.0.0.1:p1
journal  fact local 10.0.0.1:p1
"""
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("40000", "51234"),
        ("sock1", "sock7"),
        ("win=64240", "win=502"),
        ("frame=2", "frame=8"),
        ("wait(298)", "wait(1)"),
        ("client  ready", "9.5 client  ready"),
        ("client  ready", "lab server listener ready IN\nclient  ready"),
        ("client  ready", "wire server > client  arp who-has 10.0.0.1\nclient  ready"),
        ("client  ready", "kernel client TcpExtDelayedACKs +1\nclient  ready"),
        ("client  wait(298) = 1\n", "client  wait(298) = 1\nclient  socket(netlink, raw) = sock9\n"),
    ],
)
def test_accidents_do_not_show(old: str, new: str) -> None:
    assert form(RUN.replace(old, new)) == form(RUN)


def test_a_wait_that_was_only_repeated_is_written_once() -> None:
    assert form("client  wait(4) = 0\nclient  wait(3) = 0\n") == "client  wait(0) = 0\n"


LOOKS = "server  recv(sock1, 9) = -1 EAGAIN\nserver  watch(sock1, IN, poll) = 0\nserver  wait(200, poll) = 0\n"


def test_how_often_a_program_beside_the_subject_looks_does_not_show() -> None:
    accepted = "server  accept(sock1) = sock2 10.0.0.1:40000\n"
    assert form(RUN + LOOKS + LOOKS + accepted) == form(RUN + accepted)


TOLD = "server  wait(200, poll) = 1\nserver  ready(sock1, poll) = IN\n"


def test_how_often_a_program_beside_the_subject_is_told_of_the_same_does_not_show() -> None:
    """curl polls with a timer of its own, and then once more without one before it reads."""
    read = 'server  recv(sock1, 5) = 5 "hello"\n'
    assert form(RUN + TOLD + TOLD + read) == form(RUN + TOLD + read)
    assert form(RUN + TOLD + read + TOLD) != form(RUN + TOLD + read)
    edges = TOLD.replace(", poll", "")
    assert form(RUN + edges + edges) != form(RUN + edges), "of epoll's edges each means something"
    once, twice = (Trace(parse(RUN + TOLD * times), subject="server") for times in (1, 2))
    assert canonical(once) != canonical(twice)


def test_how_often_the_subject_looks_does_show() -> None:
    once, twice = (Trace(parse(RUN + LOOKS * times), subject="server") for times in (1, 2))
    assert canonical(once) != canonical(twice)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (":9", ":10"),
        ("EINPROGRESS", "ECONNREFUSED"),
        ("wait(298)", "wait(-1)"),
        ("= OUT", "= IN|OUT"),
        ("SA ack=1 frame=2\nclient", "RA ack=1 frame=2\nclient"),
        ("client  ready", "kernel client TcpExtLockDroppedIcmps +1\nclient  ready"),
        ("client  ready", "lab exit client 0\nclient  ready"),
    ],
)
def test_what_happened_shows(old: str, new: str) -> None:
    assert form(RUN.replace(old, new)) != form(RUN)
    assert digest(Trace(parse(RUN.replace(old, new)))) != digest(Trace(parse(RUN)))


def test_lanes_that_race_between_two_acts_of_the_lab_are_put_in_order() -> None:
    one = "journal state a -> b\nclient  close(sock1) = 0\nwire client > server R\nwire client >> server R\n"
    two = "wire client > server R\nclient  close(sock1) = 0\njournal state a -> b\nwire client >> server R\n"
    assert form(one) == form(two)


def test_two_threads_that_race_are_put_in_order() -> None:
    one = "client  socket(inet, stream) = sock1\nclient+2 socket(inet, dgram) = sock2\nclient  close(sock1) = 0\n"
    two = "client  socket(inet, stream) = sock1\nclient  close(sock1) = 0\nclient+2 socket(inet, dgram) = sock2\n"
    assert form(one) == form(two)


def test_what_the_lab_did_before_and_after_an_arrival_is_not_mixed() -> None:
    before = "client  close(sock1) = 0\nwire server >> client RA\n"
    after = "wire server >> client RA\nclient  close(sock1) = 0\n"
    assert form(before) != form(after)


def test_only_random_sequence_numbers_are_renamed() -> None:
    assert form("wire client > server  A seq=3123456789") == "wire  client > server  A seq=n1\n"
    assert form("wire client > server  A seq=16454430") == "wire  client > server  A seq=n1\n"
    assert form("wire client > server  A seq=5") == "wire  client > server  A seq=5\n"
    assert "seq=60001" in form("wire client > server  A 60000 seq=1\nwire client > server  A seq=60001")


def test_the_text_of_a_question_to_a_name_server_is_forgotten() -> None:
    one = 'client  send(sock1, 26 "\\u0012A" to 10.0.0.3:53) = 26'
    assert form(one) == form(one.replace("0012", "0013"))


def test_so_is_that_of_a_question_by_tcp() -> None:
    one = """client  connect(sock1, 10.0.0.3:53) = 0
client  send(sock1, 9 "some id") = 9
wire    client:40000 > dns:53  PA 9 "some id"
"""
    assert form(one) == form(one.replace("some", "another"))


def test_which_of_two_threads_is_seen_first_makes_no_difference() -> None:
    calls = [
        Wait(at_ns=1, who="client", pid=10, poller="poll", count=1),
        Socket(at_ns=2, who="client", pid=11, sock="sock1"),
    ]
    late = [replace(calls[0], at_ns=3), calls[1]]
    assert canonical(Trace(calls)) == canonical(Trace(sorted(late, key=lambda call: call.at_ns)))


def test_threads_whose_ids_began_anew_keep_their_order() -> None:
    calls = [
        Wait(at_ns=1, who="client", pid=32_767, poller="poll", count=1),
        Socket(at_ns=2, who="client", pid=302, sock="sock1"),
    ]
    assert canonical(Trace(calls)) == canonical(Trace([replace(calls[0], pid=300), replace(calls[1], pid=302)]))


def test_a_datagram_from_a_port_that_tcp_has_too_is_nothing_special() -> None:
    asked = """
client  socket(inet, dgram) = sock7
client  getsockname(sock7) = 10.0.0.1:51000
wire    client:51000 > dns:53  udp 25 A? good.lab
wire    client:51000 >> dns:53  udp 25 A? good.lab
"""
    assert form(asked + RUN) == form(asked.replace("51000", "40000") + RUN)
    assert "dns:53" in form(asked)


@pytest.mark.parametrize("hello", ["PRI * HTTP/2.0\\r\\n", "\\u0016\\u0003\\u0001"], ids=["http2", "tls"])
def test_how_long_a_date_is_when_it_is_compressed_does_not_show(hello: str) -> None:
    spoken = f"""
client  send(sock1, 24 "{hello}") = 24
wire    client:40000 > server:9  PA 24 "{hello}" seq=1 ack=1
client  recv(sock1, 49) = 49 "Sun, 22 Nov"
wire    client:40000 > server:9  FA seq=25 ack=50
client  recv(sock1, 9) = 0 EOF
"""
    later = spoken.replace("49", "50").replace("ack=50", "ack=51").replace("22 Nov", "23 Nov")
    assert form(spoken) == form(later)
    assert form(spoken) != form(spoken.replace("0 EOF", "9"))
    assert form(spoken.replace(hello, "GET / HTTP/1.1")) != form(later.replace(hello, "GET / HTTP/1.1"))


def test_two_hosts_that_chose_the_same_port_are_told_apart() -> None:
    met = """
wire    anna:{0} > server:9090  S
kernel  anna 10.0.0.1:{0} 10.0.0.2:9090  CLOSE -> SYN_SENT
wire    berta:{1} > server:9090  S
kernel  berta [fd00::3]:{1} [fd00::2]:9090  CLOSE -> SYN_SENT
lab     server peer accepted 10.0.0.1:{0}
lab     server peer accepted [fd00::3]:{1}
server/journal  fact client 1 10.0.0.1 {0}
wire    server:9090 > berta:{1}  SA
"""
    assert form(met.format(40_000, 40_001)) == form(met.format(40_000, 40_000))
    assert form(met.format(40_000, 40_001)) == form(met.format(40_001, 40_000))
    assert "anna:p1 > server:p2" in form(met.format(40_000, 40_000))
    assert "server:p2 > berta:p3" in form(met.format(40_000, 40_000))


def test_a_look_sees_the_connections_of_a_host_in_the_order_of_its_own_packets() -> None:
    met = """
wire    berta:40000 > server:9  S
wire    client:40001 > server:9  S
wire    client:{0} > server:9  S
kernel  client 10.0.0.1:{0} 10.0.0.2:9  CLOSE -> SYN_SENT
kernel  client 10.0.0.1:40001 10.0.0.2:9  SYN_SENT -> FIN_WAIT1
"""
    assert form(met.format(40_002)) == form(met.format(40_000))


def test_a_question_with_a_number_like_the_begin_of_tls_is_no_tls() -> None:
    asked = 'client  socket(inet, dgram, nonblock) = sock1\nclient  send(sock1, 27 "{}good") = 27\n'
    like, unlike = (form(asked.format(number)) for number in ("\\u0016\\u0003", "\\u0016\\u0004"))
    assert like == unlike
    assert form(asked.replace("dgram", "stream").format("\\u0016\\u0003")) != like.replace("dgram", "stream")


def test_within_a_host_it_does_not_show_whether_the_fin_was_acknowledged_by_itself() -> None:
    begun = "kernel  {0} 127.0.0.1:7 127.0.0.1:40000  ESTABLISHED -> CLOSE_WAIT\n"
    ends = "kernel  client 127.0.0.1:40000 127.0.0.1:7"
    at_once = f"{ends}  ESTABLISHED -> FIN_WAIT1\n{ends}  FIN_WAIT1 -> FIN_WAIT2\n{ends}  FIN_WAIT2 -> TIME_WAIT\n"
    late = f"{ends}  ESTABLISHED -> FIN_WAIT1\n{ends}  FIN_WAIT1 -> TIME_WAIT\n"
    here, there = begun.format("client"), begun.format("server")
    assert form(here + at_once) == form(here + late)
    unseen = f"{ends}  ESTABLISHED -> FIN_WAIT2\n{ends}  FIN_WAIT2 -> TIME_WAIT\n"
    assert form(here + unseen) == form(here + late), "no look came between the FIN and its acknowledgement"
    assert form(there + unseen) != form(there + late)
    assert form(there + at_once) != form(there + late)
    assert form(here + at_once) != form(here + at_once.replace("TIME_WAIT", "CLOSE"))


def test_a_connection_that_was_given_up_before_its_syn_left_may_be_missed_by_a_look_at_the_kernel() -> None:
    begun = "client  connect(sock1, 10.0.0.2:9) = EINPROGRESS\nclient  close(sock1) = 0\n"
    ends = "kernel  client 10.0.0.1:40000 10.0.0.2:9"
    seen = f"{ends}  CLOSE -> SYN_SENT\n{ends}  SYN_SENT -> CLOSE\n"
    sent = "wire    client:40000 > server:9  S\n"
    assert form(begun + seen) == form(begun)
    assert form(begun + sent + seen) != form(begun + sent)


def test_two_connections_that_changed_between_two_looks_stand_in_the_order_of_their_packets() -> None:
    begun = "wire    client:{0} > server:9  S\nwire    client:{1} > server:9  S\n"
    ends = [f"kernel  server 10.0.0.2:9 10.0.0.1:{{{n}}}  ESTABLISHED -> FIN_WAIT1\n" for n in (0, 1)]
    seen = (begun + ends[0] + ends[1]).format(40000, 40001)  # a look tells them by their ports, the lower one first
    assert form(seen) == form((begun + ends[1] + ends[0]).format(50000, 40000))
