"""A puppet says its lines in their order, and hears what it waits for."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from netns.ends import FIRST_SEQ
from netns.frames import Frame, dissect
from netns.log import PeerDid
from netns.plan import Craft, Plan, Puppet, Step
from netns.puppets import Puppets
from netns.relay import MS
from netns.wire import Wire

HANDSHAKE = (Step(expect="S"), Step(send=Craft(flags="SA")), Step(expect="A"))
CLIENT_ISN = 700


@dataclass
class Stage:
    """A puppet on the server's port 7; the client's end of the wire is in our hands."""

    wire: Wire
    puppets: Puppets
    client: socket.socket
    server: socket.socket

    def send(self, flags: str, payload: bytes = b"", sport: int = 40000, **numbers: Any) -> None:
        ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        tcp = TCP(sport=sport, dport=7, flags=flags, **({"seq": CLIENT_ISN} | numbers))
        self.client.send(bytes(ether / IP(src="10.0.0.1", dst="10.0.0.2") / tcp / Raw(payload)))

    def say(self, flags: str, payload: bytes = b"", sport: int = 40000, **numbers: int) -> None:
        self.send(flags, payload, sport, **numbers)
        self.run()

    def run(self, now_ns: int = 0) -> None:
        now_ns = now_ns or time.time_ns()
        while self._step(now_ns):
            pass

    def _step(self, now_ns: int) -> bool:
        at_once = self.wire.act(self.wire.wants(), now_ns) or self.puppets.act({}, now_ns)
        return at_once or self.puppets.act_late(now_ns) or self.wire.act_late(now_ns)

    def heard(self) -> list[Frame]:
        frames = []
        while True:
            try:
                frames.append(dissect(self.client.recv(2000, socket.MSG_DONTWAIT)))
            except BlockingIOError:
                return frames

    def story(self) -> list[str]:
        return [f"{entry.action} {entry.detail}" for entry in self.puppets.log if isinstance(entry, PeerDid)]


Setter = Callable[..., Stage]


@pytest.fixture
def stage() -> Iterator[Setter]:
    sockets: list[socket.socket] = []

    def set_up(*steps: Step) -> Stage:
        hosts = {}
        for number, name in enumerate(("client", "server"), 1):
            sockets.extend(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
            hosts[name] = SimpleNamespace(
                mac=f"02:00:00:00:00:0{number}", addresses={"ipv4": f"10.0.0.{number}"}, port_fd=sockets[-1]
            )
        plan = Plan(puppets=(Puppet(on="server", port=7, steps=steps),))
        wire = Wire(plan, SimpleNamespace(hosts=hosts))
        return Stage(wire, Puppets(plan, SimpleNamespace(hosts=hosts), wire), sockets[0], sockets[2])

    yield set_up
    for one in sockets:
        one.close()


def _spoken(frames: list[Frame]) -> list[tuple[str, int, int, bytes]]:
    return [(frame.flags, frame.seq, frame.ack, frame.data) for frame in frames]


def test_a_handshake_and_a_conversation_have_the_numbers_of_tcp(stage: Setter) -> None:
    play = stage(
        *HANDSHAKE,
        Step(send=Craft(flags="PA", payload="hello")),
        Step(expect="data"),
        Step(send=Craft(flags="FA")),
        Step(expect="FA"),
        Step(send=Craft(flags="A")),
    )
    play.say("S")
    play.say("A", seq=CLIENT_ISN + 1)
    play.say("PA", b"abc", seq=CLIENT_ISN + 1)
    play.say("FA", seq=CLIENT_ISN + 4)
    assert _spoken(play.heard()) == [
        ("SA", FIRST_SEQ, CLIENT_ISN + 1, b""),
        ("PA", FIRST_SEQ + 1, CLIENT_ISN + 1, b"hello"),
        ("FA", FIRST_SEQ + 6, CLIENT_ISN + 4, b""),
        ("A", FIRST_SEQ + 7, CLIENT_ISN + 5, b""),
    ]


def test_each_step_is_told(stage: Setter) -> None:
    play = stage(*HANDSHAKE, Step(send=Craft(flags="R")))
    play.say("S")
    play.say("A", seq=CLIENT_ISN + 1)
    assert play.story() == ["received S", "sent SA", "received A", "sent R"]


def test_its_segments_arrive_as_injected_from_its_host_and_its_kernel_sees_nothing(stage: Setter) -> None:
    play = stage(*HANDSHAKE)
    play.say("S")
    arrival = play.wire.log[-1]
    assert (arrival.phase, arrival.sender, arrival.receiver, arrival.tags) == (  # type: ignore[union-attr]
        "arrived",
        "server",
        "client",
        ("injected",),
    )
    with pytest.raises(BlockingIOError):
        play.server.recv(2000, socket.MSG_DONTWAIT)


def test_nothing_is_said_before_somebody_calls(stage: Setter) -> None:
    play = stage(Step(send=Craft(flags="SA")))
    assert play.puppets.due_ns() is None
    play.say("A")
    assert play.heard() == []
    assert play.story() == ["ignored A of another connection"]


def test_a_script_need_not_say_that_it_expects_the_syn(stage: Setter) -> None:
    play = stage(Step(send=Craft(flags="RA")))
    play.say("S")
    assert _spoken(play.heard()) == [("RA", FIRST_SEQ, CLIENT_ISN + 1, b"")]
    assert play.story() == ["sent RA"]


@pytest.mark.parametrize(("flags", "begins"), [("S", True), ("SEC", True), ("SA", False), ("A", False)])
def test_only_a_syn_begins_the_play(stage: Setter, flags: str, begins: bool) -> None:
    play = stage(Step(send=Craft(flags="SA")))
    play.say(flags)
    assert bool(play.heard()) is begins


def test_one_act_sends_one_segment(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(flags="SA")), Step(send=Craft(flags="RA")))
    play.send("S")
    now_ns = time.time_ns()
    assert play.wire.act(play.wire.wants(), now_ns)
    assert [play.puppets.act({}, now_ns) for _ in range(3)] == [True, True, False]
    assert play.heard() == []
    play.run()
    assert [frame.flags for frame in play.heard()] == ["SA", "RA"]


def test_a_pause_passes_by_the_clock(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(pause_ms=10_000), Step(send=Craft(flags="SA")))
    play.say("S")
    due_ns = play.puppets.due_ns()
    assert play.heard() == []
    assert due_ns == play.wire.log[1].at_ns + 10_000 * MS
    play.run(due_ns)
    assert [frame.flags for frame in play.heard()] == ["SA"]


def test_who_paused_speaks_when_nobody_has_anything_to_do_that_waits_for_no_clock(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(flags="SA")), Step(pause_ms=1), Step(send=Craft(flags="A")))
    play.send("S")
    now_ns = time.time_ns()
    assert play.wire.act(play.wire.wants(), now_ns)
    assert play.puppets.act({}, now_ns)
    late_ns = now_ns + 1_000 * MS
    assert not play.puppets.act({}, late_ns)
    assert play.story() == ["received S", "sent SA"]
    assert play.wire.act({}, late_ns)
    assert play.puppets.act_late(late_ns)
    play.run(late_ns)
    assert [frame.flags for frame in play.heard()] == ["SA", "A"]


def test_what_comes_during_a_pause_waits_for_the_step_that_expects_it(stage: Setter) -> None:
    play = stage(
        *HANDSHAKE, Step(pause_ms=10_000), Step(send=Craft(flags="A")), Step(expect="PA"), Step(send=Craft(flags="A"))
    )
    play.say("S")
    play.say("A", seq=CLIENT_ISN + 1)
    play.say("PA", b"abc", seq=CLIENT_ISN + 1)
    assert play.story()[-1] == "received A"
    play.run(play.puppets.due_ns() or 0)
    assert [frame.ack for frame in play.heard()] == [CLIENT_ISN + 1, CLIENT_ISN + 1, CLIENT_ISN + 4]


def test_what_is_not_expected_is_ignored_and_not_acknowledged(stage: Setter) -> None:
    play = stage(*HANDSHAKE, Step(expect="FA"), Step(send=Craft(flags="A")))
    play.say("S")
    play.say("S")
    play.say("A", seq=CLIENT_ISN + 1)
    play.say("PA", b"abc", seq=CLIENT_ISN + 1)
    assert play.story() == ["received S", "sent SA", "ignored S", "received A", "ignored PA 3 bytes"]
    assert len(play.heard()) == 1


def test_another_connection_is_ignored(stage: Setter) -> None:
    play = stage(*HANDSHAKE)
    play.say("S")
    play.say("S", sport=40001)
    assert play.story() == ["received S", "sent SA", "ignored S of another connection"]


def test_after_its_last_line_it_hears_nothing(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(flags="SA")))
    play.say("S")
    play.say("A")
    assert play.story() == ["received S", "sent SA", "ignored A"]
    assert play.puppets.due_ns() is None


def test_a_number_made_up_does_not_move_the_real_ones(stage: Setter) -> None:
    bogus = Craft(flags="PA", payload="x" * 9, fields={"seq": "+100000"})
    play = stage(*HANDSHAKE, Step(send=bogus), Step(send=Craft(flags="PA", payload="y")))
    play.say("S")
    play.say("A")
    assert [frame.seq for frame in play.heard()[1:]] == [FIRST_SEQ + 1 + 100000, FIRST_SEQ + 1]


def test_both_ends_may_open_at_once(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(flags="S")), Step(expect="SA"), Step(send=Craft(flags="SA")))
    play.say("S")
    play.say("SA", ack=FIRST_SEQ + 1)
    assert _spoken(play.heard()) == [("S", FIRST_SEQ, 0, b""), ("SA", FIRST_SEQ, CLIENT_ISN + 1, b"")]


def test_it_may_answer_by_icmp(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(icmp="3/3")))
    play.say("S")
    assert [frame.info for frame in play.heard()] == ["3/3"]
    assert play.story() == ["received S", "sent icmp 3/3"]


def test_a_line_may_be_sent_after_a_while(stage: Setter) -> None:
    play = stage(Step(expect="S"), Step(send=Craft(flags="SA", after_ms=10_000)))
    play.say("S")
    assert play.heard() == []
    play.run(play.wire.due_ns() or 0)
    assert len(play.heard()) == 1
