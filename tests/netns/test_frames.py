"""Frames are read as scapy writes them, and nothing that a wire may carry makes the reader fail."""

from __future__ import annotations

from typing import Any

import pytest
from dnslib import RCODE, DNSRecord  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrHopByHop,
    PadN,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from netns.frames import FLAGS, dissect, dns_question, is_noise, mac_bytes, mac_text

CLIENT, SERVER = "02:00:00:00:00:01", "02:00:00:00:00:02"
ETHER = Ether(src=CLIENT, dst=SERVER)
IPV4 = ETHER / IP(src="10.0.0.1", dst="10.0.0.2")
IPV6 = ETHER / IPv6(src="fd00::1", dst="fd00::2")
SYN: dict[str, Any] = {"sport": 40000, "dport": 9, "flags": "S", "seq": 7, "window": 64240}


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        pytest.param(IPV4 / TCP(**SYN), {"family": "ipv4", "proto": "tcp", **SYN}, id="tcp-over-ipv4"),
        pytest.param(
            IPV6 / TCP(**SYN), {"family": "ipv6", "proto": "tcp", "src": "fd00::1", **SYN}, id="tcp-over-ipv6"
        ),
        pytest.param(
            IPV4 / TCP(flags="PA", ack=9, options=[("Timestamp", (1, 2))]) / Raw(b"hello"),
            {"flags": "PA", "ack": 9, "data": b"hello", "size": 5},
            id="payload-behind-options",
        ),
        pytest.param(
            IPV6 / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(20))]) / TCP(flags="SA"),
            {"proto": "tcp", "flags": "SA"},
            id="behind-a-long-extension",
        ),
        pytest.param(
            IPV4 / UDP(sport=5, dport=6) / Raw(b"abc"),
            {"proto": "udp", "sport": 5, "dport": 6, "data": b"abc", "info": ""},
            id="udp",
        ),
        pytest.param(IPV4 / ICMP(type=3, code=1), {"proto": "icmp", "info": "3/1", "dst": "10.0.0.2"}, id="icmp"),
        pytest.param(IPV6 / ICMPv6DestUnreach(code=3), {"proto": "icmp", "info": "1/3", "family": "ipv6"}, id="icmpv6"),
        pytest.param(
            ETHER / ARP(psrc="10.0.0.1", pdst="10.0.0.2"),
            {"proto": "arp", "info": "who-has 10.0.0.2", "target": "10.0.0.2", "src": "10.0.0.1"},
            id="arp-request",
        ),
        pytest.param(
            ETHER / ARP(op=2, hwsrc=CLIENT, psrc="10.0.0.1", pdst="10.0.0.2"),
            {"proto": "arp", "info": f"10.0.0.1 is-at {CLIENT}", "target": ""},
            id="arp-reply",
        ),
        pytest.param(
            IPV6 / ICMPv6ND_NS(tgt="fd00::2"),
            {"proto": "nd", "info": "who-has fd00::2", "target": "fd00::2"},
            id="neighbour-solicitation",
        ),
        pytest.param(
            IPV6 / ICMPv6ND_NA(tgt="fd00::1"), {"proto": "nd", "info": f"fd00::1 is-at {CLIENT}"}, id="advertisement"
        ),
        pytest.param(
            ETHER / IP(src="10.0.0.1", dst="10.0.0.2", flags="MF") / UDP() / Raw(b"abcd"),
            {"proto": "fragment", "src": "10.0.0.1", "sport": 0},
            id="fragment",
        ),
        pytest.param(ETHER / IP(src="1.2.3.4", proto=47), {"proto": "other", "src": "1.2.3.4"}, id="another-protocol"),
        pytest.param(Ether(type=0x88CC) / Raw(b"x" * 50), {"proto": "other", "family": ""}, id="another-ethertype"),
    ],
)
def test_a_frame_is_read_as_scapy_wrote_it(packet: Packet, expected: dict[str, object]) -> None:
    frame = dissect(bytes(packet))
    assert {name: getattr(frame, name) for name in expected} == expected


def test_padding_behind_the_packet_is_no_payload() -> None:
    assert dissect(bytes(IPV4 / TCP(flags="A")) + bytes(6)).data == b""


def _query_and_reply() -> list[tuple[bytes, str]]:
    query = DNSRecord.question("good.lab", "A")
    reply = query.reply()
    reply.header.rcode = RCODE.NXDOMAIN
    return [(query.pack(), "A? good.lab"), (reply.pack(), "A good.lab NXDOMAIN")]


@pytest.mark.parametrize(("message", "summary"), _query_and_reply())
def test_a_dns_message_is_summed_up_by_its_question(message: bytes, summary: str) -> None:
    over_udp = UDP(sport=5000, dport=53) / Raw(message)
    over_tcp = TCP(sport=53, dport=5000, flags="PA") / Raw(len(message).to_bytes(2, "big") + message)
    assert dissect(bytes(IPV4 / over_udp)).info == summary
    assert dissect(bytes(IPV6 / over_tcp)).info == summary


@pytest.mark.parametrize("kind", ["A", "AAAA", "MX", "SRV", "TXT"])
def test_the_type_of_a_question_has_its_name(kind: str) -> None:
    assert dns_question(DNSRecord.question("x.lab", kind).pack()) == f"{kind}? x.lab"


@pytest.mark.parametrize("message", [b"", b"garbage", bytes(12), bytes(4) + b"\0\1" + bytes(6) + b"\x3fabc"])
def test_what_is_no_question_has_no_summary(message: bytes) -> None:
    assert dns_question(message) == ""


MLD = ETHER / IPv6(src="fe80::1", dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop() / ICMPv6MLReport2()


@pytest.mark.parametrize(
    ("packet", "noise"),
    [
        pytest.param(MLD, True, id="mld"),
        pytest.param(IPV6 / ICMPv6ND_RS(), True, id="router-solicitation"),
        pytest.param(ETHER / IPv6(src="::", dst="ff02::1:ff00:1") / ICMPv6ND_NS(tgt="fd00::1"), True, id="dad"),
        pytest.param(ETHER / IP(dst="224.0.0.22", proto=2), True, id="igmp"),
        pytest.param(IPV6 / ICMPv6ND_NS(tgt="fd00::2"), False, id="neighbour-solicitation"),
        pytest.param(IPV6 / ICMPv6DestUnreach(), False, id="icmpv6-error"),
        pytest.param(IPV4 / ICMP(type=143), False, id="the-same-number-in-ipv4"),
        pytest.param(IPV4 / TCP(), False, id="tcp"),
        pytest.param(ETHER / ARP(), False, id="arp"),
    ],
)
def test_only_what_a_link_says_of_itself_is_noise(packet: Packet, noise: bool) -> None:
    assert is_noise(dissect(bytes(packet))) is noise


@given(st.binary(max_size=120))
def test_no_bytes_make_the_reader_fail(raw: bytes) -> None:
    dissect(raw)


@given(
    st.sampled_from(
        [IPV4 / TCP(flags="S"), IPV6 / ICMPv6ND_NS(), MLD, ETHER / ARP(), IPV4 / UDP(dport=53) / Raw(b"q" * 30)]
    ),
    st.data(),
)
def test_no_frame_cut_short_or_damaged_makes_the_reader_fail(packet: Packet, data: st.DataObject) -> None:
    raw = bytearray(bytes(packet))
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    is_noise(dissect(bytes(raw[: data.draw(st.integers(0, len(raw)))])))


@given(
    st.sampled_from([IPV4, IPV6]),
    st.sets(st.sampled_from(FLAGS)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=40),
)
def test_any_segment_is_read_as_scapy_wrote_it(
    below: Packet, letters: set[str], seq: int, ack: int, payload: bytes
) -> None:
    flags = "".join(letter for letter in FLAGS if letter in letters)
    frame = dissect(bytes(below / TCP(sport=1, dport=2, flags=flags, seq=seq, ack=ack, window=3) / Raw(payload)))
    assert (frame.flags, frame.seq, frame.ack, frame.window, frame.data) == (flags, seq, ack, 3, payload)
    assert frame.follows == (seq + len(payload) + ("S" in flags) + ("F" in flags)) % 2**32


def test_a_mac_is_the_same_there_and_back() -> None:
    assert mac_text(mac_bytes(CLIENT)) == CLIENT
