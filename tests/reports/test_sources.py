"""Where an event was recorded: frames read back and taken apart, lines of strace and of the journal."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet as Scapy

from harness import pcapng
from harness.events import Connect, Event, Fact, Packet
from netns.log import Sighting
from reports import sources, store
from reports.dissect import hexdump, layers
from reports.frames import frames, read

from .conftest import MACS

V4 = {"src": "10.0.0.1", "dst": "10.0.0.2"}
V6 = {"src": "fd00::1", "dst": "fd00::2"}
SYN = TCP(sport=40000, dport=9, flags="S", seq=7, window=100, options=[("MSS", 1460), ("SAckOK", b""), ("WScale", 10)])


def events_in(run_dir: Path) -> tuple[Event, ...]:
    return store.load_events(run_dir / "cases/refused/ipv4-epoll/trace.jsonl")


def told(packet: Scapy) -> list[str]:
    return [f"{name}: {says}" for name, says in layers(bytes(Ether(**MACS) / packet))][1:]


def test_a_syn_is_told_with_its_options() -> None:
    assert told(IP(**V4, id=5, flags="DF") / SYN) == [
        "IPv4: 10.0.0.1 > 10.0.0.2, ttl 64, id 5, DF, 52 bytes",
        "TCP: 40000 > 9, SYN, seq 7, window 100, mss 1460, sack permitted, window scale 10",
    ]


def test_data_behind_a_header_is_counted_and_padding_is_not() -> None:
    segment = TCP(sport=1, dport=2, flags="PA", seq=3, ack=4, window=5) / b"hello"
    assert told(IP(**V4, id=1) / segment / b"")[1:] == ["TCP: 1 > 2, PSH ACK, seq 3, ack 4, window 5", "Data: 5 bytes"]
    padded = bytes(Ether(**MACS) / IP(**V4) / TCP(flags="R")) + bytes(6)
    assert [name for name, _ in layers(padded)] == ["Ethernet", "IPv4", "TCP"]


def test_the_packet_that_an_icmp_error_is_about_is_told_too() -> None:
    quoted = IP(**V4, id=1) / TCP(sport=40000, dport=9, seq=7)
    assert [line.split(",")[0] for line in told(IP(**V4) / ICMP(type=3, code=1) / quoted)][1:] == [
        "ICMP: type 3", "IPv4: 10.0.0.1 > 10.0.0.2", "TCP: 40000 > 9",
    ]  # fmt: skip
    assert [name for name, _ in layers(bytes(Ether() / IPv6(**V6) / ICMPv6DestUnreach() / IPv6(**V6) / SYN))] == [
        "Ethernet", "IPv6", "ICMPv6", "IPv6", "TCP",
    ]  # fmt: skip


def test_arp_and_names_are_told_in_words() -> None:
    assert told(ARP(op=1, psrc="10.0.0.1", pdst="10.0.0.2")) == ["ARP: who has 10.0.0.2? Tell 10.0.0.1"]
    reply = ARP(op=2, psrc="10.0.0.2", hwsrc="02:00:00:00:00:02")
    assert told(reply) == ["ARP: 10.0.0.2 is at 02:00:00:00:00:02"]
    query = UDP(sport=5, dport=53) / DNS(id=1, qd=DNSQR(qname="good.lab", qtype="AAAA"))
    assert told(IP(**V4) / query)[-1] == "DNS: query 0x0001 AAAA good.lab"
    answer = DNS(id=1, qr=1, rcode=0, qd=DNSQR(qname="good.lab"), an=[DNSRR(rrname="good.lab", rdata="10.0.0.2")])
    assert told(IP(**V4) / UDP(sport=53, dport=5) / answer)[-1] == "DNS: answer 0x0001 A good.lab, NOERROR, 1 answers"


def test_a_frame_cut_anywhere_says_so_and_never_breaks_the_report() -> None:
    whole = bytes(Ether(**MACS) / IP(**V4) / UDP(sport=5, dport=53) / DNS(id=1, qd=DNSQR(qname="good.lab")))
    for length in range(len(whole)):
        assert all(isinstance(says, str) for _, says in layers(whole[:length]))
    assert layers(whole[:20])[-1] == ("IPv4", "cut short: 6 bytes")


def test_bytes_that_mean_nothing_are_no_danger() -> None:
    noise = random.Random(9)
    for kind in (0x0800, 0x0806, 0x86DD, 0x1234):
        for _ in range(400):
            layers(bytes(12) + struct.pack("!H", kind) + noise.randbytes(noise.randrange(90)))


def test_bytes_are_shown_sixteen_a_line_with_their_characters() -> None:
    assert hexdump(b"GET / HTTP/1.1\r\n\xff") == (
        "0000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1··\n"
        "0010  ff                                               ·"
    )


def test_frames_come_back_by_their_time_as_they_were_written(tmp_path: Path) -> None:
    raws = {5: b"a" * 60, 1_700_000_000_123_456_789: b"b" * 61}
    seen = [Sighting(at, "sent", 1, "client", "server", raw, "wire", ()) for at, raw in raws.items()]
    pcapng.write(tmp_path / "wire.pcapng", seen, {1: ["T9-07 fail: told"]}, "client")
    assert frames(tmp_path / "wire.pcapng") == raws
    assert frames(tmp_path / "gone.pcapng") == {}


def test_a_capture_that_is_cut_gives_what_is_whole_and_another_kind_of_file_nothing() -> None:
    data = pcapng.dump([Sighting(at, "sent", at, "client", "server", bytes(60), "wire", ()) for at in (1, 2)])
    assert [len(list(read(data[:length]))) for length in (0, 20, len(data) - 1, len(data))] == [0, 0, 1, 2]
    assert list(read(b"\xd4\xc3\xb2\xa1" + bytes(100))) == []


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_the_same_from_the_capture(tmp_path: Path) -> None:
    raw = bytes(Ether(**MACS) / IP(**V4) / SYN)
    sighting = Sighting(1_700_000_000_123_456_789, "sent", 1, "client", "server", raw, "wire", ())
    file = pcapng.write(tmp_path / "wire.pcapng", [sighting], {1: ["T9-07 fail: read twice"]})
    fields = ("frame.time_epoch", "frame.interface_name", "tcp.srcport", "tcp.seq_raw", "tcp.options.mss_val")
    chosen = [word for name in (*fields, "frame.comment") for word in ("-e", name)]
    command = ["tshark", "-r", str(file), "-T", "fields", *chosen]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip().split("\t")
    assert said == ["1700000000.123456789", "client", "40000", "7", "1460", "T9-07 fail: read twice"]
    assert "40000 > 9, SYN, seq 7" in dict(layers(raw))["TCP"]


def test_an_event_leads_to_its_line_or_its_frame(recorded: Path) -> None:
    events = events_in(recorded)
    found = sources.load(recorded / "cases/refused/ipv4-epoll", "client", events)
    call = next(event for event in events if isinstance(event, Connect))
    assert found.of(call) == "4711 connect(sock1, 10.0.0.2:9) = EINPROGRESS <0.000012>"
    leaves, arrives = [event for event in events if isinstance(event, Packet) and event.frame == 3]
    assert found.of(leaves).startswith("Ethernet ")
    assert "TCP       40000 > 9, SYN" in found.of(leaves)
    assert found.of(arrives) == found.of(leaves)


def test_a_source_that_is_not_there_is_not_made_up(recorded: Path) -> None:
    events = events_in(recorded)
    found = sources.load(recorded / "cases/refused/ipv4-epoll", "client", events)
    fact = next(event for event in events if isinstance(event, Fact))
    assert found.of(fact) != ""
    assert found.of(replace(fact, who="server")) == ""
    elsewhere = ("", "journal:0", "journal:999", "/etc/passwd:1")
    assert {found.of(replace(fact, source=source)) for source in elsewhere} == {""}


def test_each_program_of_a_host_has_its_own_journal_told_by_the_time_of_the_event(recorded: Path) -> None:
    where = recorded / "cases/refused/ipv4-epoll"
    (where / "server.journal.jsonl").write_text('{"at_ns": 5, "event": "fact"}\n')
    (where / "server.2.journal.jsonl").write_text('{"at_ns": 6, "event": "fact"}\n')
    found = sources.load(where, "client", events_in(recorded))
    fact = Fact(at_ns=6, who="server", name="x", text="y", source="journal:1")
    assert found.of(fact) == '{"at_ns": 6, "event": "fact"}'
    assert found.of(replace(fact, at_ns=5)) == '{"at_ns": 5, "event": "fact"}'
    assert found.of(replace(fact, at_ns=7)) == ""
