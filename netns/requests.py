"""The ground's rtnetlink requests as bytes, written by pyroute2 once and sent many times.

pyroute2 takes longer to write a message than the kernel to obey it, and longer still to be imported; so a warm process
calls `script_of` before it forks, its children send what is remembered, and a shelf on disk keeps it for the next run.
Only the descriptors of namespaces differ from one ground to the next: a request holds a stand-in for each, and
`Batch.filled` puts the real one in its place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from netns import addresses as called
from netns import scripts, shelf
from netns.plan import Plan, Route
from netns.scripts import Batch, Script

SHELF = "requests"

_REQUEST, _ACK, _REPLACE, _EXCL, _CREATE = 0x001, 0x004, 0x100, 0x200, 0x400
_NEW_LINK, _GET_LINK, _NEW_ADDRESS, _NEW_ROUTE = 16, 18, 20, 24
_UP = 1
_NO_DAD = 2
_FAMILIES = {"ipv4": (2, 24), "ipv6": (10, 64)}
"""Address family, and the length of the prefix that a segment has."""

_ROUTE_TYPES = {"via": 1, "link": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
"""RTN_ numbers of include/uapi/linux/rtnetlink.h."""

_MAIN_TABLE, _BY_KERNEL, _STATIC, _ON_LINK = 254, 2, 4, 253
_PREFIX_METRIC = 256
"""The metric of the route that the kernel makes of an IPv6 address (IP6_RT_PRIO_ADDRCONF): ours then replaces it."""
_LO_INDEX = 1
_SOLICITED_NODE = "ff0200000000000000000001ff"
_STAND_IN = 0x7E570000
_NET_NS_FD = struct.Struct("=HHI")

Message = Any
"""pyroute2's messages have no types."""
Network = IPv4Network | IPv6Network


Key = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...], tuple[Route, ...]]


_KNOWN: dict[Key, Script] = {}


def script_of(plan: Plan) -> Script:
    """The requests of a plan; remembered by what of the plan they depend on, here and on the shelf.

    Imports pyroute2 when it has to write some.
    """
    key = _key(plan)
    if not is_known(plan):
        _KNOWN[key] = _script(*key)
        shelf.put(SHELF, _makings(key), scripts.dump(_KNOWN[key]))
    return _KNOWN[key]


def is_known(plan: Plan) -> bool:
    """Whether `script_of` has nothing to write."""
    key = _key(plan)
    if key not in _KNOWN and (kept := shelf.get(SHELF, _makings(key))) is not None:
        _KNOWN[key] = scripts.load(kept)
    return key in _KNOWN


def remember(plan: Plan, script: Script) -> None:
    """Takes over what another process has written, so that this one need not import pyroute2."""
    _KNOWN[_key(plan)] = script


def _makings(key: Key) -> bytes:
    return repr(key).encode()


def _key(plan: Plan) -> Key:
    return plan.family, tuple(host.name for host in plan.hosts), tuple(c.between for c in plan.cables), plan.routes


def solicited_nodes(plan: Plan, name: str) -> set[tuple[str, str]]:
    """Link and multicast group, as /proc/net/igmp6 has them, to which neighbours of a host send who they look for.

    RFC 4291, 2.7.1: ff02::1:ff00:0 with the last three bytes of the address.
    """
    place = [host.name for host in plan.hosts].index(name) + 1
    ends = _ends(place, name, tuple(cable.between for cable in plan.cables))
    return {(link, _SOLICITED_NODE + IPv6Address(own["ipv6"]).packed[-3:].hex()) for _, link, own in ends}


def _script(
    family: str, names: tuple[str, ...], cables: tuple[tuple[str, str], ...], routes: tuple[Route, ...]
) -> Script:
    places = list(enumerate(names, 1))
    wires = [_new_wire(place, name, names) for place, name in places]
    pairs = [_new_cable(place, between, names) for place, between in enumerate(cables, 1)]
    ups = [_link_up(called.port_index(place), f"the lab's end of the line of {name} up") for place, name in places]
    return Script(
        links=_batch([_link_up(_LO_INDEX, "lo up"), *wires, *pairs, *ups], names),
        hosts={name: _batch(_host(family, place, name, cables), names) for place, name in places},
        late={name: _batch(_late(place, name, cables, routes), names) for place, name in places},
        ports=_batch([_look(called.port_index(place)) for place, _ in places], names),
    )


Ask = tuple[str, Message]


def _batch(asks: Iterable[Ask], names: tuple[str, ...]) -> Batch:
    asks = tuple(asks)
    for _, message in asks[:-1]:
        message["header"]["flags"] &= ~_ACK
    data = b"".join(_encoded(message, number) for number, (_, message) in enumerate(asks, 1))
    return Batch(data, tuple(text for text, _ in asks), tuple(_holes(data, names)))


def _encoded(message: Message, number: int) -> bytes:
    message["header"]["sequence_number"] = number
    message.encode()
    # The next message must start at a multiple of four, see NLMSG_ALIGN in netlink(3).
    return bytes(message.data).ljust((len(message.data) + 3) & ~3, b"\0")


def _holes(data: bytes, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Finds each stand-in by its whole attribute, so that no address is taken for one."""
    for place, name in enumerate(names):
        attribute = _NET_NS_FD.pack(_NET_NS_FD.size, 28, _STAND_IN + place)
        offset = data.find(attribute)
        while offset >= 0:
            yield offset + 4, name
            offset = data.find(attribute, offset + len(attribute))


def _new_wire(place: int, name: str, names: tuple[str, ...]) -> Ask:
    peer = _end(called.WIRE_END, called.WIRE_END_INDEX, called.host_mac(place), names.index(name))
    ours = {"index": called.port_index(place), "attrs": [("IFLA_IFNAME", called.port_name(place))]}
    return f"the line of {name}", _veth(ours, peer)


def _new_cable(place: int, between: tuple[str, str], names: tuple[str, ...]) -> Ask:
    first, second = (
        _end(called.cable_name(place), called.cable_index(place), called.cable_mac(place, end), names.index(host))
        for end, host in enumerate(between, 1)
    )
    return f"the cable between {between[0]} and {between[1]}", _veth(first, second)


def _end(name: str, index: int, mac: str, place: int) -> dict[str, Any]:
    attributes = [("IFLA_IFNAME", name), ("IFLA_ADDRESS", mac), ("IFLA_NET_NS_FD", _STAND_IN + place)]
    return {"index": index, "attrs": attributes}


def _veth(ours: dict[str, Any], peer: dict[str, Any]) -> Message:
    data = {"attrs": [("VETH_INFO_PEER", peer)]}
    info = {"attrs": [("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_DATA", data)]}
    return _link(_NEW_LINK, _CREATE | _EXCL | _ACK, {**ours, "attrs": [*ours["attrs"], ("IFLA_LINKINFO", info)]})


def _host(family: str, place: int, name: str, cables: tuple[tuple[str, str], ...]) -> Iterator[Ask]:
    yield _link_up(_LO_INDEX, f"lo of {name} up")
    for index, link, addresses in _ends(place, name, cables):
        address = addresses[family]
        yield f"address {address} on {link} of {name}", _address(family, index, address)
        yield _link_up(index, f"{link} of {name} up")
        segment = ip_network(f"{address}/{_FAMILIES[family][1]}", strict=False)
        yield f"the segment of {link} on {name}", _neighbours(segment, index, address)


def _late(place: int, name: str, cables: tuple[tuple[str, str], ...], routes: tuple[Route, ...]) -> Iterator[Ask]:
    yield from (_route(route) for route in routes if route.on == name)
    yield from (_look(index) for index, *_ in _ends(place, name, cables))


def _ends(place: int, name: str, cables: tuple[tuple[str, str], ...]) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The links of a host besides lo: index, name, and addresses by family."""
    yield called.WIRE_END_INDEX, called.WIRE_END, called.host_addresses(place)
    for number, between in enumerate(cables, 1):
        for end, host in enumerate(between, 1):
            if host == name:
                yield called.cable_index(number), called.cable_name(number), called.cable_addresses(number, end)


def _link_up(index: int, text: str) -> Ask:
    return text, _link(_NEW_LINK, _ACK, {"index": index, "flags": _UP, "change": _UP})


def _look(index: int) -> Ask:
    return f"a look at link {index}", _link(_GET_LINK, 0, {"index": index})


def _link(kind: int, flags: int, fields: dict[str, Any]) -> Message:
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    return _message(ifinfmsg(), kind, flags, fields)


def _address(family: str, index: int, address: str) -> Message:
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

    number, length = _FAMILIES[family]
    flags = _NO_DAD if family == "ipv6" else 0
    fields = {"family": number, "prefixlen": length, "index": index, "flags": flags}
    attributes = [("IFA_ADDRESS", address), ("IFA_LOCAL", address)]
    return _message(ifaddrmsg(), _NEW_ADDRESS, _CREATE | _EXCL | _ACK, {**fields, "attrs": attributes})


def _neighbours(network: Network, index: int, source: str = "") -> Message:
    """The route to the hosts of this link, once more if there is one, with `quickack`: each segment is acknowledged.

    A delayed ACK comes from a timer (at the next tick for a socket that was not accepted yet), and would race with
    whatever the lab does next.
    """
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    number, _ = _FAMILIES[f"ipv{network.version}"]
    fields = {"family": number, "dst_len": network.prefixlen, "table": _MAIN_TABLE, "proto": _BY_KERNEL}
    fields["type"] = _ROUTE_TYPES["link"]
    attributes: list[tuple[str, Any]] = [("RTA_DST", str(network.network_address))]
    attributes += [("RTA_OIF", index), ("RTA_METRICS", {"attrs": [("RTAX_QUICKACK", 1)]})]
    attributes += [("RTA_PREFSRC", source)] if source and network.version == 4 else []
    if network.version == 4:
        fields["scope"] = _ON_LINK
    else:
        attributes.append(("RTA_PRIORITY", _PREFIX_METRIC))
    return _message(rtmsg(), _NEW_ROUTE, _CREATE | _REPLACE | _ACK, {**fields, "attrs": attributes})


def _route(route: Route) -> Ask:
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    network = ip_network(route.to)
    if route.kind == "link":
        return f"route to neighbours in {route.to} on {route.on}", _neighbours(network, called.WIRE_END_INDEX)
    number, _ = _FAMILIES[f"ipv{network.version}"]
    fields: dict[str, Any] = {"family": number, "dst_len": network.prefixlen, "table": _MAIN_TABLE, "proto": _STATIC}
    attributes = [("RTA_DST", str(network.network_address))] if network.prefixlen else []
    attributes += [("RTA_GATEWAY", route.via)] if route.via else []
    fields |= {"type": _ROUTE_TYPES[route.kind], "attrs": attributes}
    text = f"route {route.kind} {route.via or 'nowhere'} to {route.to} on {route.on}"
    return text, _message(rtmsg(), _NEW_ROUTE, _CREATE | _EXCL | _ACK, fields)


def _message(message: Message, kind: int, flags: int, fields: dict[str, Any]) -> Message:
    message["header"] = {"type": kind, "flags": _REQUEST | flags, "pid": 0}
    for name, value in fields.items():
        message[name] = value
    return message
