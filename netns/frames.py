"""Ethernet frames taken apart into the few fields that rules, traces and puppets ask for.

One `Frame` per Ethernet II frame, read with `struct` because scapy's dissection costs twenty times as much and every
frame of a case passes here. `dissect` never raises: what is cut short or unknown comes back with `proto` `other`.
Layouts: RFC 826 (ARP), 791 (IPv4), 8200 (IPv6), 792 and 4443 (ICMP), 4861 (ND), 9293 (TCP), 768 (UDP), 1035 (DNS).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct, error
from typing import NamedTuple

FLAGS = "FSRPAUEC"
"""TCP's flag letters, lowest bit first, which is also the order in which they are written: `SA`, `PA`, `FA`, `RA`."""

ETHER_SIZE = 14
_SPELLED = tuple("".join(letter for bit, letter in enumerate(FLAGS) if value >> bit & 1) for value in range(256))
DNS_PORT = 53
_TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 65: "HTTPS"}
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_ARP = Struct("!6xH6x4s6x4s")
_IPV4 = Struct("!BxHxxHxBxx4s4s")
_IPV6 = Struct("!4xHBx16s16s")
_TCP = Struct("!HHIIBBH")
_UDP = Struct("!HHH")
_DNS = Struct("!xxHHxxxxxx")
_TYPE = Struct("!H")
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _OPTIONS = 0, 43, 44, 60
_EXTENSIONS = frozenset((_HOP_BY_HOP, _ROUTING, _FRAGMENT, _OPTIONS))
_SOLICITATION, _ADVERTISEMENT = 135, 136
_ND = range(133, 138)
_ROUTER_SOLICITATION = 133
_ADDRESS_FAMILY = {4: AF_INET, 16: AF_INET6}
_MLD = frozenset(("130/0", "131/0", "132/0", "143/0"))


class Frame(NamedTuple):
    """One frame; a field that its protocol has not is empty.

    `proto` is `tcp`, `udp`, `icmp` (both families), `nd`, `arp`, `igmp`, `fragment`, `other`. `data` is the payload of
    TCP or UDP. `info` is ICMP's `type/code`, ARP's and ND's `who-has 10.0.0.2` or `10.0.0.2 is-at 02:...`, or the
    question of a DNS message: `A? good.lab`, in an answer `A good.lab NXDOMAIN`. `target` is the address that ARP or ND
    asks for.
    """

    dst_mac: bytes
    src_mac: bytes
    family: str = ""
    proto: str = "other"
    src: str = ""
    dst: str = ""
    sport: int = 0
    dport: int = 0
    flags: str = ""
    seq: int = 0
    ack: int = 0
    window: int = 0
    data: bytes = b""
    info: str = ""
    target: str = ""

    @property
    def size(self) -> int:
        """Bytes of payload of TCP or UDP."""
        return len(self.data)

    @property
    def follows(self) -> int:
        """The sequence number after this segment; SYN and FIN take one each (RFC 9293, 3.4)."""
        return (self.seq + len(self.data) + ("S" in self.flags) + ("F" in self.flags)) & 0xFFFFFFFF

    @property
    def is_multicast(self) -> bool:
        """Meant for more than one station, broadcast included."""
        return bool(self.dst_mac[0] & 1)


class _Addresses(NamedTuple):
    dst_mac: bytes
    src_mac: bytes
    family: str
    src: str
    dst: str


def dissect(raw: bytes) -> Frame:
    """The fields of one Ethernet frame."""
    reader = _BY_ETHERTYPE.get(raw[12:14])
    if reader is not None:
        try:
            return reader(raw)
        except (error, IndexError):
            pass
    return Frame(raw[:6].ljust(6, b"\0"), raw[6:12].ljust(6, b"\0"))


def is_noise(frame: Frame) -> bool:
    """Whether the frame is what a link says of itself, at times of its own: MLD, IGMP, router solicitation, DAD."""
    if frame.proto == "nd":
        return frame.info == "router-solicitation" or frame.src == "::"
    return frame.proto == "igmp" or (frame.family == "ipv6" and frame.info in _MLD and frame.proto == "icmp")


def mac_text(mac: bytes) -> str:
    """`02:00:00:00:00:01`."""
    return mac.hex(":")


def mac_bytes(text: str) -> bytes:
    """The six bytes of `02:00:00:00:00:01`. Raises ValueError for anything else."""
    return bytes.fromhex(text.replace(":", ""))


@lru_cache(maxsize=1024)
def _text(packed: bytes) -> str:
    return inet_ntop(_ADDRESS_FAMILY[len(packed)], packed)


def _arp(raw: bytes) -> Frame:
    operation, src, dst = _ARP.unpack_from(raw, ETHER_SIZE)
    mine, asked = _text(src), _text(dst)
    if operation == 1:
        return Frame(raw[:6], raw[6:12], "ipv4", "arp", mine, asked, info=f"who-has {asked}", target=asked)
    return Frame(raw[:6], raw[6:12], "ipv4", "arp", mine, asked, info=f"{mine} is-at {mac_text(raw[22:28])}")


def _ipv4(raw: bytes) -> Frame:
    first, total, fragment, protocol, src, dst = _IPV4.unpack_from(raw, ETHER_SIZE)
    addresses = _Addresses(raw[:6], raw[6:12], "ipv4", _text(src), _text(dst))
    if fragment & 0x3FFF:
        return _bare(addresses, "fragment")
    reader = _BY_PROTOCOL.get(protocol, _unknown)
    return reader(raw, ETHER_SIZE + (first & 15) * 4, ETHER_SIZE + total, addresses)


def _ipv6(raw: bytes) -> Frame:
    length, protocol, src, dst = _IPV6.unpack_from(raw, ETHER_SIZE)
    start = ETHER_SIZE + 40
    end = start + length
    addresses = _Addresses(raw[:6], raw[6:12], "ipv6", _text(src), _text(dst))
    while protocol in _EXTENSIONS:
        if protocol == _FRAGMENT:
            return _bare(addresses, "fragment")
        protocol, start = raw[start], start + 8 + raw[start + 1] * 8
    return _BY_PROTOCOL.get(protocol, _unknown)(raw, start, end, addresses)


def _bare(addresses: _Addresses, proto: str, info: str = "", target: str = "") -> Frame:
    dst_mac, src_mac, family, src, dst = addresses
    return Frame(dst_mac, src_mac, family, proto, src, dst, info=info, target=target)


def _unknown(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    return _bare(addresses, "other")


def _igmp(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    return _bare(addresses, "igmp")


def _tcp(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    sport, dport, seq, ack, offset, bits, window = _TCP.unpack_from(raw, start)
    dst_mac, src_mac, family, src, dst = addresses
    data = raw[start + (offset >> 4) * 4 : end]
    info = dns_question(data[2:]) if data and DNS_PORT in (dport, sport) else ""
    return Frame(
        dst_mac, src_mac, family, "tcp", src, dst, sport, dport, _SPELLED[bits], seq, ack, window, data, info
    )  # fmt: skip


def _udp(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    sport, dport, length = _UDP.unpack_from(raw, start)
    dst_mac, src_mac, family, src, dst = addresses
    data = raw[start + 8 : min(end, start + length)]
    info = dns_question(data) if DNS_PORT in (dport, sport) else ""
    return Frame(dst_mac, src_mac, family, "udp", src, dst, sport, dport, data=data, info=info)


def _icmp(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    return _bare(addresses, "icmp", f"{raw[start]}/{raw[start + 1]}")


def _icmpv6(raw: bytes, start: int, end: int, addresses: _Addresses) -> Frame:
    kind = raw[start]
    if kind not in _ND:
        return _bare(addresses, "icmp", f"{kind}/{raw[start + 1]}")
    if kind not in (_SOLICITATION, _ADVERTISEMENT):
        return _bare(
            addresses, "nd", "router-solicitation" if kind == _ROUTER_SOLICITATION else f"{kind}/{raw[start + 1]}"
        )
    address = _text(_checked(raw[start + 8 : start + 24], 16))
    if kind == _SOLICITATION:
        return _bare(addresses, "nd", f"who-has {address}", address)
    return _bare(addresses, "nd", f"{address} is-at {mac_text(addresses.src_mac)}")


def _checked(piece: bytes, size: int) -> bytes:
    if len(piece) != size:
        raise IndexError("the frame ends within its header")
    return piece


def dns_question(message: bytes) -> str:
    """The first question of a DNS message: `A? good.lab`, in an answer `A good.lab NXDOMAIN`; empty if it has none."""
    try:
        bits, count = _DNS.unpack_from(message)
        if not count:
            return ""
        name, end = _dns_name(message, 12)
        (number,) = _TYPE.unpack_from(message, end)
    except (error, IndexError):
        return ""
    kind = _TYPES.get(number, f"TYPE{number}")
    return f"{kind} {name} {_RCODES.get(bits & 15, bits & 15)}" if bits & 0x8000 else f"{kind}? {name}"


def _dns_name(message: bytes, at: int) -> tuple[str, int]:
    """The name at this offset, and the offset behind it; never compressed, as nothing stands before a question."""
    labels = []
    while size := message[at]:
        labels.append(_checked(message[at + 1 : at + 1 + size], size).decode("ascii", "backslashreplace"))
        at += 1 + size
    return ".".join(labels) or ".", at + 1


_BY_ETHERTYPE: dict[bytes, Callable[[bytes], Frame]] = {
    b"\x08\x00": _ipv4,
    b"\x86\xdd": _ipv6,
    b"\x08\x06": _arp,
}
_BY_PROTOCOL: dict[int, Callable[[bytes, int, int, _Addresses], Frame]] = {
    1: _icmp,
    2: _igmp,
    6: _tcp,
    17: _udp,
    58: _icmpv6,
}
