"""Made-up packets are what was asked for, with checksums that a kernel would accept."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from netns import craft
from netns.ends import FIRST_SEQ
from netns.frames import ETHER_SIZE, dissect
from netns.plan import Craft, Match, Plan, Puppet, Rule, Step

CLIENT, SERVER = "02:00:00:00:00:01", "02:00:00:00:00:02"
IP_OF = {"ipv4": IP(src="10.0.0.1", dst="10.0.0.2"), "ipv6": IPv6(src="fd00::1", dst="fd00::2")}
FAMILIES = ("ipv4", "ipv6")
SEGMENT: dict[str, Any] = {"sport": 40000, "dport": 9, "seq": 7}


def _tcp(family: str, flags: str = "S", payload: bytes = b"", **fields: Any) -> bytes:
    tcp = TCP(flags=flags, **(SEGMENT | fields))
    return bytes(Ether(src=CLIENT, dst=SERVER) / IP_OF[family] / tcp / Raw(payload))


def _answer(raw: bytes, wanted: Craft) -> bytes:
    return craft.answer(dissect(raw), raw, wanted)


def _has_right_sums(raw: bytes) -> bool:
    """Whether scapy, told to compute every length and checksum anew, comes to the same bytes."""
    packet = Ether(raw)
    layer: Packet = packet
    while layer and not type(layer).__name__.endswith("error"):
        for name in ("chksum", "cksum", "len", "plen"):
            if name in layer.fields:
                layer.delfieldval(name)
        layer = layer.payload
    return bytes(packet) == raw


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("asked", "wanted", "expected"),
    [
        pytest.param({}, Craft(flags="RA"), ("RA", 0, 8), id="a-syn-is-refused"),
        pytest.param({}, Craft(flags="R"), ("R", 0, 0), id="a-bogus-rst-acknowledges-nothing"),
        pytest.param({}, Craft(flags="SA"), ("SA", FIRST_SEQ, 8), id="a-syn-is-accepted"),
        pytest.param({"flags": "PA", "ack": 55, "payload": b"abc"}, Craft(flags="A"), ("A", 55, 10), id="data"),
        pytest.param({"flags": "FA", "ack": 55}, Craft(flags="RA"), ("RA", 55, 8), id="a-fin-takes-one-number"),
        pytest.param({}, Craft(flags="RA", fields={"ack": "+100000"}), ("RA", 0, 100008), id="relative"),
        pytest.param({}, Craft(flags="RA", fields={"seq": "-1"}), ("RA", 2**32 - 1, 8), id="relative-wraps"),
        pytest.param({}, Craft(flags="SA", fields={"seq": "5", "ack": "0x10"}), ("SA", 5, 16), id="absolute"),
    ],
)
def test_a_segment_is_answered_by_flags(
    family: str, asked: dict[str, Any], wanted: Craft, expected: tuple[str, int, int]
) -> None:
    raw = _answer(_tcp(family, **asked), wanted)
    frame, question = dissect(raw), dissect(_tcp(family))
    assert (frame.flags, frame.seq, frame.ack) == expected
    assert (frame.src_mac, frame.src, frame.sport) == (question.dst_mac, question.dst, question.dport)
    assert (frame.dst_mac, frame.dst, frame.dport) == (question.src_mac, question.src, question.sport)
    assert _has_right_sums(raw)


def test_an_answer_carries_its_payload_and_its_window() -> None:
    raw = _answer(_tcp("ipv4", "A", ack=1), Craft(flags="PA", payload="hello", fields={"window": "0"}))
    assert (dissect(raw).data, dissect(raw).window) == (b"hello", 0)


@pytest.mark.parametrize(("family", "icmp"), [("ipv4", "3/1"), ("ipv4", "11/0"), ("ipv6", "1/3"), ("ipv6", "3/0")])
def test_an_icmp_error_comes_from_the_destination_with_the_packet_quoted(family: str, icmp: str) -> None:
    asked = _tcp(family)
    raw = _answer(asked, Craft(icmp=icmp))
    frame, question = dissect(raw), dissect(asked)
    assert (frame.info, frame.src, frame.dst, frame.dst_mac) == (icmp, question.dst, question.src, question.src_mac)
    assert raw.endswith(asked[ETHER_SIZE:])
    assert _has_right_sums(raw)


@pytest.mark.parametrize(("family", "limit"), [("ipv4", 576), ("ipv6", 1280)])
def test_a_quotation_keeps_the_error_within_its_limit(family: str, limit: int) -> None:
    raw = _answer(_tcp(family, "PA", b"x" * 1400), Craft(icmp="3/1" if family == "ipv4" else "1/0"))
    assert len(raw) == limit + ETHER_SIZE


def test_an_icmp_error_can_come_from_elsewhere_and_carry_an_mtu() -> None:
    raw = _answer(_tcp("ipv4"), Craft(icmp="3/4", fields={"src": "10.0.0.9", "nexthopmtu": "600"}))
    assert dissect(raw).src == "10.0.0.9"
    assert Ether(raw)["ICMP"].nexthopmtu == 600
    assert dissect(_answer(_tcp("ipv6"), Craft(icmp="2", fields={"mtu": "1300"}))).info == "2/0"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_falsified_quotation_differs_in_that_number_only(family: str) -> None:
    icmp = "3/1" if family == "ipv4" else "1/0"
    raw = _answer(_tcp(family), Craft(icmp=icmp, fields={"seq": "+100000"}))
    quoted = dissect(_tcp(family)[:ETHER_SIZE] + raw[-len(_tcp(family)) + ETHER_SIZE :])
    assert (quoted.seq, quoted.sport) == (100007, 40000)


@pytest.mark.parametrize(
    ("raw", "wanted", "mistake"),
    [
        (_tcp("ipv4"), Craft(), "either icmp or flags"),
        (bytes(Ether() / IP_OF["ipv4"] / UDP()), Craft(flags="R"), "this frame is udp"),
        (bytes(Ether() / ARP()), Craft(icmp="3/1"), "this frame is arp"),
        (_tcp("ipv6"), Craft(icmp="9/1"), "ICMPv6 type 9 is no error"),
        (_tcp("ipv4"), Craft(flags="R", fields={"sequence": "1"}), "field 'sequence'"),
    ],
)
def test_what_cannot_be_answered_is_said(raw: bytes, wanted: Craft, mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        _answer(raw, wanted)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"seq": "+1000"}, "seq", 1007),
        ({"window": "0"}, "window", 0),
        ({"flags": "SA"}, "flags", "SA"),
        ({"load": "other text"}, "data", b"other text"),
    ],
)
def test_a_rewritten_field_leaves_right_sums(
    family: str, fields: dict[str, str], attribute: str, value: object
) -> None:
    raw = craft.rewrite(_tcp(family, payload=b"text", options=[("MSS", 1460), ("WScale", 7)]), fields)
    assert getattr(dissect(raw), attribute) == value
    assert _has_right_sums(raw)


@pytest.mark.parametrize(
    ("name", "layer", "field"),
    [("ttl", "IP", "ttl"), ("hlim", "IP", "ttl"), ("ip.id", "IP", "id"), ("ether.src", "Ether", "src")],
)
def test_an_outer_header_is_reached_by_its_name(name: str, layer: str, field: str) -> None:
    value = SERVER if layer == "Ether" else "5"
    assert str(getattr(Ether(craft.rewrite(_tcp("ipv4"), {name: value}))[layer], field)) == value


def test_a_checksum_asked_for_stays_wrong() -> None:
    raw = craft.rewrite(_tcp("ipv4"), {"chksum": "1"})
    assert Ether(raw)[TCP].chksum == 1
    assert not _has_right_sums(raw)


def test_what_an_icmp_error_quotes_stays_as_it_was() -> None:
    quoted = craft.rewrite(_tcp("ipv4"), {"chksum": "1"})
    error = craft.rewrite(_answer(quoted, Craft(icmp="3/1")), {"ttl": "5"})
    assert Ether(error)[IP].ttl == 5
    assert error.endswith(quoted[ETHER_SIZE:])


def test_an_address_rewritten_is_in_the_sum_of_the_segment_too() -> None:
    raw = craft.rewrite(_tcp("ipv6"), {"src": "fd00::9"})
    assert dissect(raw).src == "fd00::9"
    assert _has_right_sums(raw)


@given(st.sampled_from(FAMILIES), st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_rewriting_a_number_to_itself_changes_no_byte(family: str, payload: bytes, seq: int) -> None:
    raw = _tcp(family, "PA", payload, seq=seq, options=[("NOP", None), ("NOP", None), ("Timestamp", (1, 2))])
    assert craft.rewrite(raw, {"seq": "+0"}) == raw


RULE = Rule(match=Match(), drop=True)


@pytest.mark.parametrize(
    ("plan", "needed"),
    [
        (Plan(), False),
        (Plan(rules=(RULE,)), False),
        (Plan(rules=(RULE, Rule(match=Match(), answer=(Craft(flags="RA"),)))), True),
        (Plan(rules=(Rule(match=Match(), rewrite={"seq": "1"}),)), True),
        (Plan(puppets=(Puppet(on="server", port=7, steps=(Step(expect="S"),)),)), False),
        (Plan(puppets=(Puppet(on="server", port=7, steps=(Step(send=Craft(flags="SA")),)),)), True),
    ],
)
def test_scapy_is_needed_by_what_is_made_up_and_nothing_else(plan: Plan, needed: bool) -> None:
    assert craft.needs_scapy(plan) is needed


def test_scapy_is_imported_by_the_preloading_only_and_never_whole() -> None:
    program = (
        "import sys, netns.packetsmith, netns.craft, netns.wire, netns.puppets\n"
        "def there(): return sorted({name.partition('.')[0] for name in sys.modules} & {'scapy'})\n"
        "before = there(); netns.packetsmith.preload(); print(before, there(), 'scapy.all' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[] ['scapy'] False\n", "")
