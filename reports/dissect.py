"""Takes a frame apart, layer by layer, from Ethernet up to what reports/application.py knows.

    Ethernet  02:00:00:00:00:01 > 02:00:00:00:00:02
    IPv4      10.0.0.1 > 10.0.0.2, ttl 64, id 51966, DF, 60 bytes
    TCP       49888 > 9, SYN, seq 1029384756, window 64240, mss 1460, sack permitted, window scale 10

Nothing is believed: where a frame is shorter than it claims to be, its last layer says so. Numbers are those of the
frame itself; the trace counts sequence numbers from the first SYN.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from reports import application

ETHERTYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6"}
PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
ICMP_ERRORS = {"ICMP": (3, 5, 11, 12), "ICMPv6": (1, 2, 3, 4)}
"""The types that quote the packet that they answer."""
DNS_TYPES = {1: "A", 2: "NS", 5: "CNAME", 28: "AAAA"}
DNS_PORT = 53
RESPONSE_CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
PER_LINE = 16
SHOWN = bytes(byte if 32 <= byte < 127 else ord("·") for byte in range(256))
DEEPEST = 8


class Layer(NamedTuple):
    """One protocol's part of a frame in words, and what it carries: bytes, and the protocol that they are in."""

    name: str
    says: str
    rest: bytes = b""
    next: str = ""


def layers(frame: bytes) -> list[tuple[str, str]]:
    """Each layer's name and words, outermost first: `[("Ethernet", "02:... > 02:..."), ("ARP", "who has ...")]`."""
    return [(layer.name, layer.says) for layer in _layers(frame, "Ethernet")]


def hexdump(data: bytes) -> str:
    """The bytes as Wireshark shows them: offset, sixteen bytes, the characters among them."""
    codes, characters = data.hex(" "), data.translate(SHOWN).decode("latin-1")
    width = PER_LINE * 3 - 1
    return "\n".join(
        f"{start:04x}  {codes[start * 3 : start * 3 + width]:<{width}}  {characters[start : start + PER_LINE]}"
        for start in range(0, len(data), PER_LINE)
    )


def _layers(data: bytes, protocol: str) -> Iterator[Layer]:
    carrier = ""
    for _ in range(DEEPEST):
        if not data or protocol not in READERS:
            break
        try:
            layer = READERS[protocol](data)
        except (struct.error, IndexError, ValueError):
            yield Layer(protocol, f"cut short: {len(data)} bytes")
            return
        yield layer
        data, protocol, carrier = layer.rest, layer.next, layer.name
    if data and carrier == "TCP":
        yield from (Layer(name, says) for name, says in application.layers(data))
    elif data:
        yield Layer("Data", f"{len(data)} bytes")


@lru_cache(maxsize=256)
def _address(raw: bytes) -> str:
    """Four or sixteen bytes as an address."""
    return str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw))


def _ethernet(data: bytes) -> Layer:
    to, by, kind = struct.unpack_from("!6s6sH", data)
    name = ETHERTYPES.get(kind, "")
    return Layer("Ethernet", f"{by.hex(':')} > {to.hex(':')}{'' if name else f', type {kind:#06x}'}", data[14:], name)


def _arp(data: bytes) -> Layer:
    operation, mac, sender, _, target = struct.unpack_from("!6xH6s4s6s4s", data)
    if operation == 2:
        return Layer("ARP", f"{_address(sender)} is at {mac.hex(':')}")
    return Layer("ARP", f"who has {_address(target)}? Tell {_address(sender)}")


def _ipv4(data: bytes) -> Layer:
    first, size, id, fragment, ttl, protocol, source, target = struct.unpack_from("!BxHHHBB2x4s4s", data)
    flags = [name for bit, name in ((0x4000, "DF"), (0x2000, "MF")) if fragment & bit]
    told = [f"{_address(source)} > {_address(target)}", f"ttl {ttl}", f"id {id}", *flags, f"{size} bytes"]
    rest = data[(first & 15) * 4 : max(size, 20)]
    return Layer("IPv4", ", ".join(told), rest, PROTOCOLS.get(protocol, ""))


def _ipv6(data: bytes) -> Layer:
    size, protocol, hops, source, target = struct.unpack_from("!4xHBB16s16s", data)
    told = f"{_address(source)} > {_address(target)}, hop limit {hops}, {size} bytes behind the header"
    return Layer("IPv6", told, data[40 : 40 + size], PROTOCOLS.get(protocol, ""))


def _icmp(name: str, inner: str) -> Callable[[bytes], Layer]:
    def read(data: bytes) -> Layer:
        kind, code = struct.unpack_from("!BB", data)
        quoted = kind in ICMP_ERRORS[name]
        says = f"type {kind}, code {code}{', about this packet' * quoted}"
        return Layer(name, says, data[8:], inner if quoted else "")

    return read


def _udp(data: bytes) -> Layer:
    source, target, size = struct.unpack_from("!HHH", data)
    says = f"{source} > {target}, {max(size - 8, 0)} bytes"
    return Layer("UDP", says, data[8:size], "DNS" if DNS_PORT in (source, target) else "")


def _tcp(data: bytes) -> Layer:
    source, target, seq, ack, offset, flags, window = struct.unpack_from("!HHIIBBH", data)
    head = (offset >> 4) * 4
    names = " ".join(name for bit, name in enumerate(TCP_FLAGS) if flags >> bit & 1) or "no flags"
    told = [f"{source} > {target}", names, f"seq {seq}", *([f"ack {ack}"] if flags & 16 else []), f"window {window}"]
    return Layer("TCP", ", ".join([*told, *_options(data[20:head])]), data[head:])


def _options(data: bytes) -> Iterator[str]:
    place = 0
    while place < len(data) and data[place]:
        if data[place] == 1:
            place += 1
            continue
        kind, size = data[place], max(data[place + 1], 2)
        value = data[place + 2 : place + size]
        if kind in OPTIONS:
            form, words = OPTIONS[kind]
            yield words.format(*struct.unpack_from(form, value))
        else:
            yield f"option {kind}"
        place += size


def _dns(data: bytes) -> Layer:
    id, flags, questions, answers = struct.unpack_from("!HHHH", data)
    asked = ""
    if questions:
        name, place = _name(data, 12)
        (kind,) = struct.unpack_from("!H", data, place)
        asked = f" {DNS_TYPES.get(kind, f'type {kind}')} {name}"
    if not flags & 0x8000:
        return Layer("DNS", f"query {id:#06x}{asked}")
    code = flags & 15
    said = RESPONSE_CODES[code] if code < len(RESPONSE_CODES) else f"code {code}"
    return Layer("DNS", f"answer {id:#06x}{asked}, {said}, {answers} answers{', truncated' * bool(flags & 0x200)}")


def _name(data: bytes, place: int) -> tuple[str, int]:
    labels = []
    while size := data[place]:
        if size > 63:
            return "...", place + 2
        labels.append(data[place + 1 : place + 1 + size].decode("ascii", "backslashreplace"))
        place += 1 + size
    return ".".join(labels) or ".", place + 1


OPTIONS = {
    2: ("!H", "mss {}"), 3: ("!B", "window scale {}"), 4: ("", "sack permitted"), 5: ("!II", "sack {} to {}"),
    8: ("!II", "timestamp {} echo {}"),
}  # fmt: skip
READERS: dict[str, Callable[[bytes], Layer]] = {
    "Ethernet": _ethernet, "ARP": _arp, "IPv4": _ipv4, "IPv6": _ipv6, "ICMP": _icmp("ICMP", "IPv4"),
    "ICMPv6": _icmp("ICMPv6", "IPv6"), "UDP": _udp, "TCP": _tcp, "DNS": _dns,
}  # fmt: skip
