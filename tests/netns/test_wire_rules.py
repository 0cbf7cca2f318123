"""What rules, cuts and injections do to frames on the wire: they wait, are lost, or arrive without having been sent."""

from __future__ import annotations

import time

from scapy.layers.inet import TCP, UDP

from netns.frames import dissect
from netns.plan import Match, Rule
from netns.relay import MS, Parcel

from .wires import SYN, SYN_ACK, WHO_HAS_SERVER, Setter, packet


def test_a_delayed_frame_tells_when_it_wants_to_go(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), delay_ms=10_000))
    lab.send("client", SYN)
    assert not lab.step()
    due_ns = lab.wire.due_ns()
    assert due_ns is not None
    assert due_ns == lab.wire.log[0].at_ns + 10_000 * MS
    assert lab.step(due_ns)
    assert lab.got("server") == [SYN]


def test_a_held_frame_is_not_pending_until_its_fact_is_announced(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), hold_until="state error"))
    lab.send("client", SYN)
    lab.run()
    assert (len(lab.wire.held()), lab.wire.pending(), lab.wire.due_ns()) == (1, False, None)
    lab.wire.announce("state error")
    lab.run()
    assert lab.got("server") == [SYN]


def test_a_cut_host_gets_nothing_any_more_not_even_what_was_on_its_way(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="SA"), delay_ms=1), Rule(match=Match(what="R"), cut=True))
    lab.send("server", SYN_ACK)
    lab.wire.observe()
    lab.send("server", packet("server", "client", TCP(flags="R")))
    lab.step(2 * time.time_ns())
    assert lab.got("client") == []
    assert [line for line in lab.story() if " x " in line] == ["server x client 2 cut", "server x client 1 cut"]


def test_a_broadcast_skips_a_host_that_was_cut(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="udp"), cut=True))
    lab.send("client", packet("client", "dns", UDP()), WHO_HAS_SERVER)
    lab.run()
    assert (len(lab.got("server")), lab.got("dns")) == (1, [])


def test_an_injected_frame_arrives_without_having_been_sent(bench: Setter) -> None:
    lab = bench(Rule(match=Match(), drop=True))
    assert lab.wire.inject(SYN_ACK, "server", "client") == 1
    lab.run()
    assert lab.got("client") == [SYN_ACK]
    assert lab.story() == ["server >> client 1 injected"]


def test_an_injected_frame_may_wait(bench: Setter) -> None:
    lab = bench()
    before_ns = time.time_ns()
    lab.wire.inject(SYN_ACK, "server", "client", after_ms=10_000)
    assert not lab.step()
    assert (lab.wire.due_ns() or 0) >= before_ns + 10_000 * MS


def test_an_intercepted_segment_arrives_but_never_at_the_kernel(bench: Setter) -> None:
    lab = bench()
    received: list[tuple[int, Parcel]] = []
    lab.wire.intercept("server", 9, lambda at_ns, parcel: received.append((at_ns, parcel)))
    lab.send("client", SYN, packet("client", "server", TCP(dport=10)), packet("client", "server", UDP(dport=9)))
    lab.run()
    ((at_ns, parcel),) = received
    assert (at_ns, parcel.frame) == (lab.wire.log[3].at_ns, dissect(SYN))
    assert len(lab.got("server")) == 2
    assert [line for line in lab.story() if ">>" in line] == [f"client >> server {n}" for n in (1, 2, 3)]


def test_a_port_that_refuses_a_frame_loses_it_by_name(bench: Setter) -> None:
    lab = bench()
    lab.send("client", SYN)
    lab.ends["server"].close()
    lab.run()
    assert lab.story()[-1] == "client x server 1 ECONNREFUSED"


def test_the_clock_of_the_caller_may_be_older_than_a_frame(bench: Setter) -> None:
    lab = bench()
    before_ns = time.time_ns()
    lab.send("client", SYN)
    assert lab.step(before_ns)


def test_what_goes_together_is_sent_in_one_act(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), duplicate=2, together=True))
    lab.send("client", SYN)
    lab.step()
    assert (lab.got("server"), lab.acts) == ([SYN, SYN, SYN], [3])


def test_what_the_clock_kept_back_waits_for_all_that_waits_for_no_clock(bench: Setter) -> None:
    lab = bench(Rule(match=Match(what="S"), delay_ms=1))
    lab.send("client", SYN)
    lab.wire.observe()
    later_ns = time.time_ns() + 2 * MS
    assert not lab.wire.act({}, later_ns)
    assert lab.wire.act_late(later_ns)
    assert lab.got("server") == [SYN]
