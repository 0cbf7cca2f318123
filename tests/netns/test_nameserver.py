"""The name server answers over UDP, one query at a time, and late where it is to be late."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator

import dnslib
import pytest

from netns.answers import Answers
from netns.log import DnsSaid
from netns.nameserver import MS, NameServer
from netns.plan import Plan, Record, Zone

from .desk import GOOD, GROUND, SLOW, Desk, Open, addresses, heard, hears_nothing, opened_here, query

SLOWER = Record(name="slower.lab", addresses=("10.0.0.3",), delay_ms=500)
LOOP = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c" + struct.pack("!2H", 1, 1)
"""A question whose name is a pointer to itself."""


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as opened:
            opened.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine's loopback has no IPv6")


@pytest.fixture
def open_desk() -> Iterator[Open]:
    desks: list[Desk] = []

    def opened(*records: Record, family: str = "ipv4", send_buffer: int = 0) -> Desk:
        desks.append(Desk(*records, family=family, send_buffer=send_buffer))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()


def test_a_plan_without_a_zone_has_no_name_server() -> None:
    with pytest.raises(ValueError, match="zone"):
        NameServer(Plan(), GROUND, open_socket=opened_here, port=0)


@pytest.mark.parametrize("family", ["ipv4", pytest.param("ipv6", marks=needs_ipv6)])
@pytest.mark.parametrize(("kind", "address"), [("A", "10.0.0.2"), ("AAAA", "fd00::2")])
def test_a_name_is_answered_over_udp_and_both_sides_are_logged(
    open_desk: Open, family: str, kind: str, address: str
) -> None:
    desk = open_desk(GOOD, family=family)
    caller = desk.ask(query("good.lab", kind))
    desk.act_once()
    assert addresses(heard(caller)) == [address]
    assert desk.story() == [f"good.lab {kind}", f"good.lab {kind} NOERROR {address}"]
    assert {entry.host for entry in desk.server.log if isinstance(entry, DnsSaid)} == {"dns"}


@pytest.mark.parametrize(
    ("fault", "code"),
    [("NXDOMAIN", "NXDOMAIN"), ("SERVFAIL", "SERVFAIL"), ("REFUSED", "REFUSED"), ("NODATA", "NOERROR")],
)
def test_a_fault_is_what_the_zone_says(open_desk: Open, fault: str, code: str) -> None:
    desk = open_desk(Record(name="bad.lab", fault=fault))  # type: ignore[arg-type]
    caller = desk.ask(query("bad.lab"))
    desk.run_to(2)
    answer = dnslib.DNSRecord.parse(heard(caller))
    assert (dnslib.RCODE.get(answer.header.rcode), answer.rr) == (code, [])
    assert desk.story() == ["bad.lab A", f"bad.lab A {fault}"]


def test_a_name_that_the_zone_lacks_does_not_exist(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    caller = desk.ask(query("gone.lab"))
    desk.run_to(2)
    assert dnslib.DNSRecord.parse(heard(caller)).header.rcode == dnslib.RCODE.NXDOMAIN
    assert desk.story()[-1] == "gone.lab A NXDOMAIN"


def test_an_alias_is_answered_with_the_whole_way_to_the_address(open_desk: Open) -> None:
    desk = open_desk(Record(name="a.lab", alias="B.lab"), Record(name="b.lab", alias="good.lab"), GOOD)
    caller = desk.ask(query("a.lab"))
    desk.run_to(2)
    way = [(str(record.rname), str(record.rdata)) for record in dnslib.DNSRecord.parse(heard(caller)).rr]
    assert way == [("a.lab.", "B.lab."), ("B.lab.", "good.lab."), ("good.lab.", "10.0.0.2")]
    assert desk.story()[-1] == "a.lab A NOERROR 10.0.0.2"


@pytest.mark.parametrize(
    ("last", "outcome", "code"),
    [(Record(name="b.lab", fault="SERVFAIL"), "SERVFAIL", "SERVFAIL"), (Record(name="c.lab"), "NXDOMAIN", "NXDOMAIN"),
     (Record(name="b.lab", fault="NODATA"), "dangling", "NOERROR"),
     (Record(name="b.lab", alias="a.lab"), "loop", "NOERROR")],
    ids=["failed", "unknown", "without-address", "loop"],
)  # fmt: skip
def test_an_alias_has_the_outcome_of_the_last_name(open_desk: Open, last: Record, outcome: str, code: str) -> None:
    desk = open_desk(Record(name="a.lab", alias="b.lab"), last)
    caller = desk.ask(query("a.lab"))
    desk.run_to(2)
    answer = dnslib.DNSRecord.parse(heard(caller))
    assert dnslib.RCODE.get(answer.header.rcode) == code
    assert {dnslib.QTYPE.get(record.rtype) for record in answer.rr} == {"CNAME"}
    assert desk.story()[-1] == f"a.lab A {outcome}"


def test_a_server_of_one_fault_says_it_to_every_question() -> None:
    answers = Answers(Zone(rest="REFUSED"))
    assert [answers.to(query(name)).outcome for name in ("good.lab", "gone.lab")] == ["REFUSED", "REFUSED"]


def test_silence_is_logged_and_nothing_is_sent(open_desk: Open) -> None:
    desk = open_desk(Record(name="mute.lab", fault="silence"))
    caller = desk.ask(query("mute.lab"))
    desk.run_to(2)
    assert hears_nothing(caller)
    assert desk.story() == ["mute.lab A", "mute.lab A silence"]


def test_an_answer_with_a_wrong_id_is_another_queries_answer(open_desk: Open) -> None:
    desk = open_desk(Record(name="odd.lab", addresses=("10.0.0.2",), fault="wrong-id"))
    caller = desk.ask(query("odd.lab", number=77))
    desk.run_to(2)
    assert dnslib.DNSRecord.parse(heard(caller)).header.id != 77


@pytest.mark.parametrize("nonsense", [b"", b"\x00", b"\xff" * 11, pytest.param(LOOP, id="loop")])
def test_nonsense_is_survived(open_desk: Open, nonsense: bytes) -> None:
    desk = open_desk(GOOD)
    desk.ask(nonsense)
    desk.run_to(2)
    assert desk.story()[0] == "? ?"
    caller = desk.ask(query("good.lab"))
    desk.run_to(4)
    assert addresses(heard(caller)) == ["10.0.0.2"]


def test_one_act_answers_one_query(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    callers = [desk.ask(query("good.lab")) for _ in range(3)]
    for nth in range(3):
        desk.act_once()
        assert len(desk.story()) == 2 * (nth + 1)
    assert not desk.step()
    assert all(heard(caller) for caller in callers)


def test_nothing_asked_is_nothing_done(open_desk: Open) -> None:
    desk = open_desk(GOOD)
    assert not desk.step()
    assert not desk.server.act(dict.fromkeys(desk.server.wants(), select.POLLIN), time.time_ns())
    assert desk.server.due_ns() is None


def test_a_late_answer_comes_when_it_is_due_and_not_before(open_desk: Open) -> None:
    desk = open_desk(SLOW)
    caller = desk.ask(query("slow.lab"))
    asked_ns = time.time_ns()
    desk.act_once(asked_ns)
    assert desk.server.due_ns() == asked_ns + 300 * MS
    assert not desk.step(asked_ns + 300 * MS - 1)
    assert hears_nothing(caller)
    assert desk.step(asked_ns + 300 * MS)
    assert addresses(heard(caller)) == ["10.0.0.2"]
    assert desk.server.due_ns() is None
    assert [entry.at_ns - asked_ns for entry in desk.server.log] == [0, 300 * MS]


def test_the_one_that_is_due_first_goes_first_and_the_quick_one_overtakes(open_desk: Open) -> None:
    desk = open_desk(GOOD, SLOW, SLOWER)
    asked_ns = time.time_ns()
    for name in ("slower.lab", "slow.lab", "good.lab"):
        desk.ask(query(name))
        desk.act_once(asked_ns)
    late_ns = asked_ns + 1_000 * MS
    assert (desk.step(late_ns), desk.step(late_ns), desk.step(late_ns)) == (True, True, False)
    assert [line.split()[0] for line in desk.story() if "NOERROR" in line] == ["good.lab", "slow.lab", "slower.lab"]


def test_two_late_answers_of_one_instant_keep_the_order_of_their_queries(open_desk: Open) -> None:
    twins = [Record(name=f"{name}.lab", addresses=("10.0.0.2",), delay_ms=100) for name in ("one", "two")]
    desk = open_desk(*twins)
    asked_ns = time.time_ns()
    for record in twins:
        desk.ask(query(record.name))
        desk.act_once(asked_ns)
    late_ns = asked_ns + 100 * MS
    assert desk.step(late_ns)
    assert desk.step(late_ns)
    assert [line.split()[0] for line in desk.story() if "NOERROR" in line] == ["one.lab", "two.lab"]


def test_close_sends_nothing_that_is_still_late(open_desk: Open) -> None:
    desk = open_desk(SLOW)
    caller = desk.ask(query("slow.lab"))
    desk.run_to(1)
    idle = desk.caller(socket.SOCK_STREAM)
    desk.run_until(lambda: len(desk.server.wants()) == 3)
    desk.server.close()
    assert desk.server.due_ns() is None
    assert hears_nothing(caller)
    assert idle.recv(10) == b""
