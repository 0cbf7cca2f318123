"""Ends and queues: what of a connection, and of a listener's queue, the wire tells."""

from __future__ import annotations

import pytest

from harness.events import Close, Recv
from harness.notation import parse
from harness.spec.kernel.ends import End
from harness.spec.kernel.pairing import ends, standing
from harness.spec.kernel.queues import Queue, queues
from harness.trace import Trace

OPEN = """client  socket(inet, stream, nonblock) = sock1
client  connect(sock1, 10.0.0.2:7) = EINPROGRESS
wire    client:40000 > server:7  S
wire    client:40000 >> server:7  S
wire    server:7 > client:40000  SA ack=1
wire    server:7 >> client:40000  SA ack=1
wire    client:40000 > server:7  A seq=1 ack=1
wire    client:40000 >> server:7  A seq=1 ack=1
"""
LISTEN = """server  socket(inet, stream, nonblock) = sock1
server  bind(sock1, 10.0.0.2:7) = 0
server  listen(sock1, 0) = 0
"""
ACCEPT = "server  accept(sock1) = sock2 10.0.0.1:40000\n"
CLOSE = "client  close(sock1) = 0\n"


def end_of(text: str) -> End:
    [end] = ends(Trace(parse(OPEN + text)))
    return end


def queue_of(text: str) -> Queue:
    [queue] = queues(Trace(parse(text)))
    return queue


def segment(flags: str, seq: int, data: str = "", tags: str = "") -> str:
    size = f' {len(data)} "{data}"' if data else ""
    return f"wire    server:7 >> client:40000  {flags}{size} seq={seq} ack=1{tags}\n"


@pytest.mark.parametrize(
    "segments",
    [
        segment("PA", 1, "one") + segment("PA", 4, "two"),
        segment("PA", 4, "two") + segment("PA", 1, "one"),
        segment("PA", 1, "one") + segment("PA", 1, "one") + segment("PA", 4, "two"),
        segment("PA", 1, "one") + segment("PA", 1, "onetwo"),
    ],
    ids=["in order", "the second first", "the first twice", "both again in one"],
)
def test_a_stream_is_what_it_is_however_its_segments_come(segments: str) -> None:
    end = end_of(segments + segment("FA", 7) + CLOSE)
    closed = end.first(Close)
    assert closed is not None
    assert end.unread(closed) == 6
    assert end.fin is not None


def test_a_fin_before_its_turn_ends_nothing() -> None:
    assert end_of(segment("FA", 4)).fin is None


def test_a_fin_counts_from_the_segment_that_closed_the_gap() -> None:
    end = end_of(segment("FA", 4) + segment("PA", 1, "one"))
    assert end.fin is not None
    assert end.fin.data == "one"


def test_a_rst_with_a_number_that_is_not_the_next_is_none() -> None:
    assert end_of(segment("R", 9)).rst is None
    assert end_of(segment("R", 1)).rst is not None


def test_an_urgent_byte_is_not_read_with_the_others() -> None:
    end = end_of(segment("PAU", 1, "one") + CLOSE)
    closed = end.first(Close)
    assert closed is not None
    assert end.unread(closed) == 2


def test_what_was_read_is_not_unread() -> None:
    end = end_of(segment("PA", 1, "one") + 'client  recv(sock1, 2) = 2 "on"\n' + CLOSE)
    read, closed = end.first(Recv), end.first(Close)
    assert read is not None
    assert closed is not None
    assert (end.unread(read), end.unread(closed)) == (3, 1)


def test_a_connection_that_was_refused_never_stood() -> None:
    refused = OPEN.replace("SA ack=1", "RA ack=1")
    assert standing(Trace(parse(refused))) == ()


def test_an_end_whose_segments_were_changed_on_the_way_is_not_judged() -> None:
    assert standing(Trace(parse(OPEN + segment("PA", 1, "one", "  [rewritten]")))) == ()


def test_a_further_connect_makes_another_end_of_a_dead_socket() -> None:
    again = "client  connect(sock1, 10.0.0.2:7) = ECONNRESET\nclient  recv(sock1, 9) = -1 ENOTCONN\n"
    assert end_of(segment("RA", 1) + again).first(Recv) is None


def test_the_accepting_end_of_a_connection_has_its_segments_too() -> None:
    both = ends(Trace(parse(LISTEN + OPEN + ACCEPT)))
    assert [(end.who, end.sock, end.near, end.far) for end in both] == [
        ("server", "sock2", 7, 40000), ("client", "sock1", 40000, 7),
    ]  # fmt: skip


def test_a_connection_waits_from_the_last_ack_until_it_is_accepted() -> None:
    queue = queue_of(LISTEN + OPEN + ACCEPT + "server  accept(sock1) = -1 EAGAIN\n")
    first, second = queue.trace.events[-2:]
    assert (queue.waiting(first), queue.waiting(second)) == (1, 0)


def test_what_finds_the_queue_full_is_not_in_it() -> None:
    other = OPEN.replace("40000", "40001").replace("sock1", "sock9")
    queue = queue_of(LISTEN + OPEN + other + ACCEPT)
    assert [port for _, port in queue.ended] == [40000]


def test_a_deferred_listener_does_not_count_a_bare_ack() -> None:
    deferred = LISTEN + "server  setsockopt(sock1, TCP_DEFER_ACCEPT, [5]) = 0\n"
    data = 'wire    client:40000 >> server:7  PA 2 "go" seq=1 ack=1\n'
    assert list(queue_of(deferred + OPEN).ended) == []
    assert list(queue_of(deferred + OPEN + data).ended) == [("client", 40000)]


def test_a_syn_whose_data_was_taken_is_a_connection() -> None:
    syn = 'wire    client:40000 > server:7  S 2 "go"\nwire    client:40000 >> server:7  S 2 "go"\n'
    answer = "wire    server:7 > client:40000  SA ack=3\n"
    assert list(queue_of(LISTEN + syn + answer).ended) == [("client", 40000)]
    assert list(queue_of(LISTEN + syn + answer.replace("3", "1")).ended) == []


def test_a_client_of_the_loopback_leaves_the_queue_unknown() -> None:
    assert queues(Trace(parse(LISTEN + OPEN + ACCEPT.replace("40000", "50000")))) == ()


def test_two_listeners_of_one_port_share_what_comes_so_that_neither_is_judged() -> None:
    assert queues(Trace(parse(LISTEN + LISTEN.replace("sock1", "sock5") + OPEN))) == ()
