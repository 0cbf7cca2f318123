"""Makes packets with scapy; the only module that knows it. See `netns.craft` for what is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from netns.ends import FIRST_SEQ, Ends, back
from netns.frames import ETHER_SIZE, Frame, mac_text
from netns.plan import Craft

_QUOTE_SIZE = {"ipv4": 548, "ipv6": 1232}
"""As much of the packet as an error may quote without passing 576 (RFC 1812, 4.3.2.3) or 1280 bytes (RFC 4443, 2.4)."""

_QUOTED_FIELDS = frozenset(("sport", "dport", "seq", "ack"))
_COMPUTED = frozenset(("chksum", "cksum", "len", "plen"))
_SAME = {"ttl": "hlim", "hlim": "ttl", "tos": "tc", "tc": "tos"}
"""One header field under its IPv4 and its IPv6 name, so that a rule need not be written twice."""


def make(name: str, *arguments: Any) -> bytes:
    """The packet that the function of `netns.craft` with this name promises."""
    packet: bytes = _MAKERS[name](*arguments)
    return packet


def preload() -> None:
    """Imports scapy now, so that no case has to wait for it."""
    _scapy()


def _answer(frame: Frame, raw: bytes, wanted: Craft) -> bytes:
    if wanted.icmp:
        return _icmp_error(frame, raw, wanted)
    if not wanted.flags:
        raise ValueError("an answer wants either icmp or flags")
    if frame.proto != "tcp":
        raise ValueError(f"only a TCP segment can be answered by flags {wanted.flags}; this frame is {frame.proto}")
    unasked = 0 if "R" in wanted.flags else FIRST_SEQ
    seq = frame.ack if "A" in frame.flags else unasked
    ack = frame.follows if "A" in wanted.flags else 0
    return _segment(back(frame), wanted, seq, ack)


def _segment(ends: Ends, wanted: Craft, seq: int, ack: int) -> bytes:
    scapy = _scapy()
    tcp = scapy.TCP(sport=ends.sport, dport=ends.dport, flags=wanted.flags, seq=seq, ack=ack, window=65535)
    packet = _envelope(ends) / tcp
    if wanted.payload:
        packet = packet / scapy.Raw(wanted.payload.encode())
    _set(packet, wanted.fields)
    return bytes(packet)


def _rewrite(raw: bytes, fields: Mapping[str, str]) -> bytes:
    packet = _scapy().Ether(raw)
    for layer in _layers(packet):
        _recompute(layer)
    _set(packet, fields)
    return bytes(packet)


def _icmp_error(frame: Frame, raw: bytes, wanted: Craft) -> bytes:
    """The ICMP error from the frame's destination, quoting it; `seq` and ports in `fields` falsify the quotation."""
    if frame.family not in _QUOTE_SIZE or frame.proto == "arp":
        raise ValueError(f"only an IP packet can be answered by ICMP; this frame is {frame.proto}")
    falsified = {name: value for name, value in wanted.fields.items() if name in _QUOTED_FIELDS}
    outer = {name: value for name, value in wanted.fields.items() if name not in _QUOTED_FIELDS}
    quoted = _rewrite(raw, falsified) if falsified else raw
    quote = quoted[ETHER_SIZE : ETHER_SIZE + _QUOTE_SIZE[frame.family]]
    packet = _envelope(back(frame)) / _icmp_header(frame.family, wanted.icmp) / _scapy().Raw(quote)
    _set(packet, outer)
    return bytes(packet)


def _icmp_header(family: str, type_and_code: str) -> Any:
    scapy = _scapy()
    kind, _, code = type_and_code.partition("/")
    if family == "ipv4":
        return scapy.ICMP(type=int(kind), code=int(code or 0))
    header = scapy.ICMPV6.get(int(kind))
    if header is None:
        raise ValueError(f"ICMPv6 type {kind} is no error; errors are {', '.join(map(str, scapy.ICMPV6))}")
    return header(code=int(code or 0))


def _envelope(ends: Ends) -> Any:
    scapy = _scapy()
    ether = scapy.Ether(src=mac_text(ends.src_mac), dst=mac_text(ends.dst_mac))
    network = scapy.IP if ends.family == "ipv4" else scapy.IPv6
    return ether / network(src=ends.src, dst=ends.dst)


def _set(packet: Any, fields: Mapping[str, str]) -> None:
    for name, text in fields.items():
        layer, field = _find(packet, name)
        setattr(layer, field.name, _value(text, getattr(layer, field.name), field))


def _find(packet: Any, name: str) -> tuple[Any, Any]:
    """The innermost header that has this field, and the field."""
    wanted_layer, _, plain = name.rpartition(".")
    names = (plain, _SAME.get(plain, plain))
    for layer in reversed(_layers(packet)):
        for field in layer.fields_desc:
            if field.name in names and type(layer).__name__.lower().startswith(wanted_layer.lower()):
                return layer, field
    raise ValueError(f"no header of {packet.summary()} has a field {name!r}")


def _value(text: str, present: Any, field: Any) -> Any:
    if text[:1] in ("+", "-"):
        return (int(present) + int(text)) % (1 << int(8 * field.sz))
    try:
        return int(text, 0)
    except ValueError:
        return text.encode() if isinstance(present, bytes) else text


def _layers(packet: Any) -> list[Any]:
    """The headers from the outside in. What an ICMP error quotes is not among them: it has to stay as it was sent."""
    layers = []
    while packet and not type(packet).__name__.endswith("error"):
        layers.append(packet)
        packet = packet.payload
    return layers


def _recompute(layer: Any) -> None:
    for field in layer.fields_desc:
        if field.name in _COMPUTED:
            layer.delfieldval(field.name)


@lru_cache(maxsize=1)
def _scapy() -> SimpleNamespace:
    from scapy.config import conf

    # Reading the routing table takes time, warns where there is none, and nothing here asks for a route.
    conf.route_autoload = False
    conf.route6_autoload = False
    from scapy.layers import inet, inet6, l2
    from scapy.packet import Raw

    icmpv6 = (inet6.ICMPv6DestUnreach, inet6.ICMPv6PacketTooBig, inet6.ICMPv6TimeExceeded, inet6.ICMPv6ParamProblem)
    return SimpleNamespace(
        Ether=l2.Ether,
        IP=inet.IP,
        IPv6=inet6.IPv6,
        TCP=inet.TCP,
        ICMP=inet.ICMP,
        Raw=Raw,
        ICMPV6=dict(enumerate(icmpv6, 1)),
    )


_MAKERS: dict[str, Callable[..., bytes]] = {"answer": _answer, "segment": _segment, "rewrite": _rewrite}
