"""What the ground remembers becomes events: packets with names and small numbers, kernel states, acts of the lab."""

from __future__ import annotations

import struct
from socket import inet_aton

from msgspec.structs import replace

from harness import notation
from harness.events import Event, Packet
from harness.recorders import kernel, lab, merge, wire
from netns.log import DnsSaid, Entry, PeerDid, PeerIs, Rose, RuleHit, Sighting, SocketIs
from netns.plan import Cable, Host, Plan

PLAN = Plan(
    hosts=(Host(name="client"), Host(name="server"), Host(name="dns")), cables=(Cable(between=("client", "dns")),)
)
MACS = bytes.fromhex("020000000002020000000001")
BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}


def ip(src: str, dst: str, protocol: int, body: bytes) -> bytes:
    header = struct.pack("!BxHHHBBH4s4s", 0x45, 20 + len(body), 0, 0, 64, protocol, 0, inet_aton(src), inet_aton(dst))
    return MACS + b"\x08\x00" + header + body


def tcp(src: str, dst: str, flags: str, seq: int, ack: int = 0, data: bytes = b"") -> bytes:
    ports = (40000, 9) if src == "10.0.0.1" else (9, 40000)
    bits = sum(BITS[flag] for flag in flags)
    return ip(src, dst, 6, struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, bits, 502, 0, 0) + data)


def seen(raw: bytes, sender: str = "client", receiver: str = "server", phase: str = "sent", **more: object) -> Sighting:
    return Sighting(0, phase, 1, sender, receiver, raw, **more)  # type: ignore[arg-type]


def bodies(*entries: Entry) -> list[str]:
    return [notation.body(event) for event in wire.events(PLAN, entries)]


C, S = "10.0.0.1", "10.0.0.2"


def test_sequence_numbers_count_from_the_first_syn_of_each_direction() -> None:
    assert bodies(
        seen(tcp(C, S, "S", 4_294_967_290)),
        seen(tcp(S, C, "SA", 1000, 4_294_967_291), "server", "client", "arrived"),
        seen(tcp(C, S, "PA", 4_294_967_291, 1001, b"hello world")),
        seen(tcp(S, C, "A", 1001, 6), "server", "client", "dropped", tags=("rule 1",)),
        seen(tcp(C, S, "A", 4_294_967_288, 1001)),
        seen(tcp(C, S, "S", 77)),
        seen(tcp(S, C, "RA", 0, 78), "server", "client"),
    ) == [
        "client:40000 > server:9  S win=502 frame=1",
        "server:9 >> client:40000  SA ack=1 win=502 frame=1",
        'client:40000 > server:9  PA 11 "hello world" seq=1 ack=1 win=502 frame=1',
        "server:9 x client:40000  A seq=1 ack=12 win=502 frame=1  [rule 1]",
        "client:40000 > server:9  A seq=-2 ack=1 win=502 frame=1",
        "client:40000 > server:9  S win=502 frame=1",
        "server:9 > client:40000  RA ack=1 win=502 frame=1",
    ]


def test_without_a_syn_numbers_stay_as_they_are() -> None:
    assert bodies(seen(tcp(C, S, "A", 5000, 6000)))[0].startswith("client:40000 > server:9  A seq=5000 ack=6000")


def test_a_repeated_syn_changes_nothing_and_a_forged_answer_neither() -> None:
    lines = bodies(
        seen(tcp(C, S, "S", 100)), seen(tcp(S, C, "SA", 7, 101), "server", "client"), seen(tcp(C, S, "S", 100)),
        seen(tcp(S, C, "SA", 900, 101), "server", "client"), seen(tcp(C, S, "A", 101, 8)),
    )  # fmt: skip
    assert lines[-2:] == [
        "server:9 > client:40000  SA seq=893 ack=1 win=502 frame=1",
        "client:40000 > server:9  A seq=1 ack=1 win=502 frame=1",
    ]


def test_other_protocols_say_what_they_are_about() -> None:
    question = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x04good\x03lab\x00\x00\x01\x00\x01"
    udp = struct.pack("!HHHH", 40000, 53, 8 + len(question), 0) + question
    arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 1, MACS[6:], inet_aton(C), bytes(6), inet_aton("10.0.0.9"))
    assert bodies(
        seen(ip(C, "10.0.0.3", 17, udp), "client", "dns"),
        seen(ip(S, C, 1, b"\x03\x01" + bytes(6)), "server", "client"),
        seen(b"\xff" * 6 + MACS[6:] + b"\x08\x06" + arp, "client", "10.0.0.9"),
    ) == [
        "client:40000 > dns:53  udp 26 A? good.lab frame=1",
        "server > client  icmp 3/1 frame=1",
        "client > 10.0.0.9  arp who-has 10.0.0.9 frame=1",
    ]


def test_an_address_that_no_host_has_stays_one_and_cables_are_named() -> None:
    away = seen(tcp(C, "203.0.113.9", "S", 1), "client", "203.0.113.9")
    cable = seen(ip("10.1.0.1", "10.1.0.2", 1, b"\x08\x00" + bytes(6)), "client", "dns", medium="cable1")
    assert bodies(away, cable) == [
        "client:40000 > 203.0.113.9:9  S win=502 frame=1",
        "client > dns  icmp 8/0 frame=1  [cable1]",
    ]


def test_what_only_passes_through_a_host_does_not_arrive_where_it_is_bound_to() -> None:
    hop = seen(tcp(S, C, "SA", 1, 1), "server", "dns", "arrived")
    assert bodies(hop) == ["server:9 >> dns:40000  SA seq=0 ack=1 win=502 frame=1".replace("seq=0 ", "")]


def test_what_a_link_says_of_itself_is_left_out() -> None:
    assert bodies(seen(ip(C, "224.0.0.22", 2, bytes(8)))) == []


def test_what_is_no_frame_is_still_a_packet() -> None:
    assert bodies(seen(b"short")) == ["client > server  other frame=1"]


LOG: tuple[Entry, ...] = (
    RuleHit(1, 2, "delay 300ms", 7),
    DnsSaid(2, "dns", "good.lab", "A"),
    DnsSaid(3, "dns", "good.lab", "A", "NOERROR", "10.0.0.2"),
    PeerDid(4, "server", "accepted", "10.0.0.1:40000"),
    PeerIs(5, "server", "listener", "IN"),
    SocketIs(6, "client", "10.0.0.1:40000", "10.0.0.2:9", "SYN_SENT", "ESTABLISHED"),
    Rose(7, "client", "TcpExtLockDroppedIcmps", 1),
    seen(tcp(C, S, "S", 1)),
)


def lines(events: list[Event]) -> list[str]:
    return [line.split(None, 1)[1] for line in notation.lines(events)]


def test_the_acts_of_the_lab() -> None:
    assert lines(lab.events(LOG)) == [
        "lab     fault rule 2 delay 300ms frame 7",
        "lab     dns query A good.lab",
        "lab     dns answer A good.lab NOERROR 10.0.0.2",
        "lab     server peer accepted 10.0.0.1:40000",
        "lab     server listener ready IN",
    ]


def test_the_states_of_the_kernel() -> None:
    assert lines(kernel.events(LOG)) == [
        "kernel  client 10.0.0.1:40000 10.0.0.2:9  SYN_SENT -> ESTABLISHED",
        "kernel  client TcpExtLockDroppedIcmps +1",
    ]


def test_every_entry_of_the_log_is_somebodys() -> None:
    made = len(lab.events(LOG)) + len(kernel.events(LOG)) + len(wire.events(PLAN, LOG))
    assert made == len(LOG)


def test_how_a_program_ended() -> None:
    ends = [lab.ended(1, "client", 10), lab.ended(2, "client", -13), lab.ended(3, "client", -99)]
    assert lines(list(ends)) == ["lab     exit client 10", "lab     exit client SIGPIPE", "lab     exit client SIG99"]


SAME_INSTANT = """
lab     mark started
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
wire    client > server  S
lab     fault rule 1 pass frame 1
wire    client >> server  S
kernel  client SYN_SENT -> ESTABLISHED
lab     server peer accepted
client  ready(sock1) = OUT
journal state connecting -> connected
kernel  client TcpExtTCPTimeouts +1
lab     exit client 0
"""


def test_at_one_instant_cause_comes_before_effect() -> None:
    together = [replace(event, at_ns=5) for event in notation.parse(SAME_INSTANT)]
    merged = merge.merge(*([event] for event in reversed(together)))
    assert merged == together


def test_no_recorder_is_reordered_at_one_instant() -> None:
    ready, call = notation.parse("client ready(sock1) = OUT\nclient close(sock1) = 0")
    same = [replace(event, at_ns=5) for event in (ready, call)]
    assert merge.merge(same, [Packet(at_ns=5)]) in ([*same, Packet(at_ns=5)], [Packet(at_ns=5), *same])


def test_times_go_before_everything() -> None:
    late, early = Packet(at_ns=2), Packet(at_ns=1)
    assert merge.merge([late, early]) == [early, late]
