"""The name server's connections: several queries on one, answers in parts, and callers who leave."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator

import dnslib
import pytest

from netns.plan import Record

from .desk import GOOD, SLOW, Desk, Open, addresses, framed, heard, hears_nothing, query


@pytest.fixture
def open_desk() -> Iterator[Open]:
    desks: list[Desk] = []

    def opened(*records: Record, family: str = "ipv4", send_buffer: int = 0) -> Desk:
        desks.append(Desk(*records, family=family, send_buffer=send_buffer))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()


def heard_by_tcp(caller: socket.socket) -> bytes:
    def exactly(size: int) -> bytes:
        got = b""
        while len(got) < size and (more := caller.recv(size - len(got))):
            got += more
        assert len(got) == size
        return got

    return exactly(struct.unpack("!H", exactly(2))[0])


def test_tcp_answers_every_query_of_a_connection_in_order(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    caller = desk.caller(socket.SOCK_STREAM)
    caller.sendall(framed(query("good.lab", number=1)) + framed(query("gone.lab", number=2)))
    desk.run_until(lambda: len(desk.story()) == 4)
    answers = [dnslib.DNSRecord.parse(heard_by_tcp(caller)) for _ in range(2)]
    assert [(answer.header.id, answer.header.rcode) for answer in answers] == [(1, 0), (2, dnslib.RCODE.NXDOMAIN)]


def test_queries_that_came_in_one_read_are_answered_one_by_one_without_further_readiness(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    caller = desk.caller(socket.SOCK_STREAM)
    begun_ns = time.time_ns()
    caller.sendall(framed(query("good.lab")) * 3)
    desk.run_until(lambda: desk.server.due_ns() is not None)
    due_ns = desk.server.due_ns()
    assert due_ns is not None
    assert begun_ns <= due_ns <= time.time_ns()
    for nth in range(3):
        assert desk.server.due_ns() == due_ns
        assert desk.server.act({}, due_ns)
        assert len(desk.story()) == 2 * (nth + 1)
    assert desk.server.due_ns() is None


def test_a_query_in_pieces_is_put_together(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    caller = desk.caller(socket.SOCK_STREAM)
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in framed(query("good.lab")):
        assert desk.story() == []
        caller.sendall(bytes([byte]))
        desk.step(wait_ms=1)
    desk.run_until(lambda: len(desk.story()) == 2)
    assert addresses(heard_by_tcp(caller)) == ["10.0.0.2"]


def test_what_is_truncated_over_udp_is_whole_over_tcp(open_desk: Open) -> None:
    desk = open_desk(Record(name="big.lab", addresses=("10.0.0.2",), fault="truncated"))
    by_udp, by_tcp = desk.ask(query("big.lab")), desk.caller(socket.SOCK_STREAM)
    desk.run_to(2)
    short = dnslib.DNSRecord.parse(heard(by_udp))
    assert (short.header.tc, short.rr) == (1, [])
    by_tcp.sendall(framed(query("big.lab")))
    desk.run_until(lambda: len(desk.story()) == 4)
    whole = heard_by_tcp(by_tcp)
    assert (dnslib.DNSRecord.parse(whole).header.tc, addresses(whole)) == (0, ["10.0.0.2"])


@pytest.mark.parametrize("leaves_by_reset", [False, True])
def test_a_caller_who_leaves_is_forgotten(open_desk: Open, leaves_by_reset: bool) -> None:
    desk = open_desk(GOOD)
    before = desk.server.wants()
    caller = desk.caller(socket.SOCK_STREAM)
    desk.run_until(lambda: len(desk.server.wants()) > len(before))
    if leaves_by_reset:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    desk.run_until(lambda: desk.server.wants() == before)


def test_a_caller_who_said_all_it_had_to_say_still_gets_its_answer(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    caller = desk.caller(socket.SOCK_STREAM)
    caller.sendall(framed(query("good.lab")))
    caller.shutdown(socket.SHUT_WR)
    desk.run_until(lambda: len(desk.server.wants()) == 2 and len(desk.story()) == 2)
    assert addresses(heard_by_tcp(caller)) == ["10.0.0.2"]
    assert caller.recv(10) == b""


def test_a_late_answer_to_a_caller_who_is_gone_is_logged_as_unsent(open_desk: Open) -> None:
    desk = open_desk(SLOW)
    before = desk.server.wants()
    caller = desk.caller(socket.SOCK_STREAM)
    caller.sendall(framed(query("slow.lab")))
    desk.run_until(lambda: len(desk.story()) == 1)
    caller.close()
    desk.run_until(lambda: desk.server.wants() == before)
    due_ns = desk.server.due_ns()
    assert due_ns is not None
    assert desk.step(due_ns)
    assert desk.story()[-1].startswith("slow.lab A unsent")


def test_an_answer_too_large_for_the_buffers_is_sent_in_parts_to_the_end(open_desk: Open) -> None:
    many = tuple(f"10.1.{high}.{low}" for high in range(8) for low in range(250))
    desk = open_desk(Record(name="many.lab", addresses=many), send_buffer=4_096)
    caller = desk.caller(socket.SOCK_STREAM, receive_buffer=2_048)
    caller.sendall(framed(query("many.lab")))
    caller.shutdown(socket.SHUT_WR)
    desk.run_until(lambda: select.POLLOUT in desk.server.wants().values())
    got = bytearray()

    def is_whole() -> bool:
        got.extend(b"" if hears_nothing(caller) else heard(caller))
        return len(got) > 2 and len(got) == 2 + struct.unpack("!H", got[:2])[0]

    desk.run_until(is_whole)
    assert addresses(bytes(got[2:])) == list(many)
    assert (caller.recv(10), len(desk.server.wants())) == (b"", 2)
