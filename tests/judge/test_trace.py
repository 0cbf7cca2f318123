"""A trace answers by kind, field and place, and an attempt holds what belongs to it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.attempt import attempts
from harness.events import Call, Connect, Event, Fact, GetSockOpt, Packet, State, Wait
from harness.notation import parse
from harness.spec import clauses_of
from harness.trace import Trace
from tests.judge.test_linear import steps


def trace(text: str, **options: Any) -> Trace:
    return Trace(parse(text), **options)


def test_events_are_found_by_kind_and_fields_in_order(refused: Trace) -> None:
    assert [state.new for state in refused.of(State)] == ["connecting", "error"]
    assert refused.first(GetSockOpt, sock="sock1", option="SO_ERROR") is refused.events[12]
    assert refused.first(GetSockOpt, option="SO_KEEPALIVE") is None


def test_calls_are_found_by_their_common_class(refused: Trace) -> None:
    assert [type(call).__name__ for call in refused.of(Call, sock="sock1")][:3] == ["Socket", "Connect", "Watch"]


def test_views_are_strictly_after_before_and_between(refused: Trace) -> None:
    first, last = refused.of(State)
    inside = refused.between(first, last)
    assert [refused.number(event) for event in inside] == list(range(2, 16))
    assert len(inside) == 14
    assert inside.last(Fact) is refused.events[13]
    assert inside.after(last).first(Event) is None


def test_two_events_that_look_alike_keep_their_own_numbers() -> None:
    twice = trace("0.1 lab mark same\n0.1 lab mark same")
    assert twice.events[0] == twice.events[1]
    assert [twice.number(event) for event in twice.events] == [0, 1]


def test_an_event_of_another_trace_has_no_number(refused: Trace) -> None:
    with pytest.raises(LookupError, match="not an event of this trace"):
        refused.number(Wait(at_ns=0))


def test_a_setting_of_the_case_comes_before_what_the_journal_says() -> None:
    text = "journal fact mode async\njournal fact timeout_ms 300"
    told = trace(text, settings={"mode": "blocking"})
    assert (told.setting("mode"), told.setting("timeout_ms"), told.setting("poller")) == ("blocking", "300", "")


def test_only_a_subject_that_says_something_keeps_a_journal() -> None:
    assert trace("journal fact mode async").keeps_journal
    assert not trace("server/journal fact mode async").keeps_journal
    assert not trace("journal fact mode async", points=("syscall",)).keeps_journal


def test_an_attempt_holds_its_calls_its_packets_and_its_journal(refused: Trace) -> None:
    [attempt] = attempts(refused)
    assert attempt.in_progress
    assert [packet.flags for packet in attempt.packets] == ["S", "S", "RA", "RA"]
    assert attempt.failed is refused.events[16]
    assert attempt.connected is None


def test_sockets_that_never_connect_and_the_resolvers_are_no_attempts() -> None:
    text = """
    client  socket(inet, dgram) = sock1
    client  connect(sock1, 10.0.0.3:53) = 0
    client  socket(inet, stream) = sock2
    client  connect(sock2, 10.0.0.3:53) = 0
    client  socket(unix, stream) = sock3
    client  connect(sock3, /run/nscd) = -1 ENOENT
    client  socket(inet, stream) = sock4
    server  socket(inet, stream) = sock5
    server  connect(sock5, 10.0.0.1:9) = 0
    """
    assert attempts(trace(text)) == ()
    assert len(attempts(trace(text, settings={"target": "10.0.0.3 53"}))) == 1


TWO = """
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  connect(sock2, 10.0.0.2:9) = EINPROGRESS
wire    client:40001 > server:9  S
wire    client:40002 > server:9  S
wire    server:9 >> client:40002  SA
wire    server:9 >> client:40001  RA
client  getsockname(sock2) = 10.0.0.1:40002
"""


def test_packets_are_told_apart_by_the_port_the_kernel_named() -> None:
    first, second = attempts(trace(TWO))
    assert [packet.flags for packet in first.packets] == ["S", "RA"]
    assert [packet.flags for packet in second.packets] == ["S", "SA"]


def test_without_names_the_first_syn_belongs_to_the_first_attempt() -> None:
    text = TWO.replace("client  getsockname(sock2) = 10.0.0.1:40002\n", "")
    first, second = attempts(trace(text))
    assert (first.packets[0].sport, second.packets[0].sport) == (40001, 40002)


def test_packets_without_ports_belong_to_the_attempt_of_their_time() -> None:
    text = """
    client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
    wire    client > server  S
    client  connect(sock2, 10.0.0.2:9) = EINPROGRESS
    wire    client > server  S
    wire    server >> client  SA
    """
    assert [len(attempt.packets) for attempt in attempts(trace(text))] == [1, 2]


def test_a_connection_over_loopback_has_each_of_its_packets_once() -> None:
    text = """
    client  connect(sock1, 127.0.0.1:9) = EINPROGRESS
    wire    client:40001 > client:9  S
    wire    client:40001 >> client:9  S
    wire    client:9 > client:40001  RA
    wire    client:9 >> client:40001  RA
    """
    [attempt] = attempts(trace(text))
    assert [packet.flags for packet in attempt.packets] == ["S", "S", "RA", "RA"]


def test_a_port_used_again_belongs_to_the_later_attempt_from_then_on() -> None:
    once = "client  connect({0}, 10.0.0.2:9) = EINPROGRESS\nwire  client:40000 > server:9  S\n"
    named = "client  getsockname({0}) = 10.0.0.1:40000\n"
    text = "".join((once + named).format(sock) for sock in ("sock1", "sock2"))
    assert [len(attempt.of(Packet)) for attempt in attempts(trace(text))] == [1, 1]


def test_the_journal_is_shared_out_from_connecting_to_connecting() -> None:
    text = "".join(
        f"journal state idle -> connecting\nclient  connect(sock{n}, 10.0.0.2:9) = ECONNREFUSED\n"
        "journal state connecting -> error\n"
        for n in (1, 2)
    )
    assert [len(attempt.of(State)) for attempt in attempts(trace(text))] == [2, 2]


def test_what_is_queued_before_the_second_attempt_belongs_to_it() -> None:
    once = (
        "journal fact queued 5\njournal state idle -> connecting\nclient  connect({0}, 10.0.0.2:9) = ECONNREFUSED\n"
        "journal state connecting -> error\njournal callback errorEncountered(E)\njournal fact error refused\n"
    )
    both = attempts(trace(once.format("sock1") + once.format("sock2")))
    assert [[fact.name for fact in attempt.of(Fact)] for attempt in both] == [["queued", "error"]] * 2


def test_a_wait_that_may_not_block_is_no_wait() -> None:
    text = "client  connect(sock1, 10.0.0.2:9) = 0\nclient  wait(0) = 0\nclient  wait(-1) = 1\n"
    whole = trace(text)
    [attempt] = attempts(whole)
    assert attempt.next_wait(attempt.connect) is whole.events[2]


def judging_steps(one: Trace, attempts_made: int) -> int:
    """The lines of Python that all clauses run for so many attempts one after the other."""
    events = [
        replace(event, **({"sock": f"sock{n}"} if isinstance(event, Call) and event.sock else {}))  # type: ignore[arg-type]
        for n in range(attempts_made)
        for event in one.events[:-1]
    ]
    whole = Trace(events)
    return sum(steps(clause, whole) for clause in clauses_of("toy9"))


def test_judging_four_times_as_much_takes_about_four_times_as_long(refused: Trace) -> None:
    """In steps, which no busy machine changes; `python -m bench.judging` shows the times."""
    few, many = judging_steps(refused, 50), judging_steps(refused, 200)
    assert few * 2 < many < few * 4.4


def test_the_number_of_connects_is_the_number_of_attempts() -> None:
    text = "".join(f"client  connect(sock{n}, 10.0.0.2:9) = ECONNREFUSED\n" for n in range(1, 6))
    whole = trace(text)
    assert [attempt.connect for attempt in attempts(whole)] == whole.of(Connect)
