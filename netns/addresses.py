"""Who is called what on the ground: interfaces, their numbers, MACs and addresses, all from places in the plan.

Interface indexes are fixed, so that requests can be written down before the interfaces exist. They start high, because
some kernels put tunnel devices of their own into every new network namespace.
"""

from __future__ import annotations

WIRE_END = "eth0"
WIRE_END_INDEX = 1000
"""A host's end of its line to the wire; the lab's end is `port_name`."""


def port_name(place: int) -> str:
    """The lab's end of the line to the host at `place`, counted from 1."""
    return f"port{place}"


def port_index(place: int) -> int:
    return 2000 + place


def cable_name(place: int) -> str:
    """Both ends of the cable at `place`, counted from 1, and the name of that medium in the log."""
    return f"cable{place}"


def cable_index(place: int) -> int:
    return WIRE_END_INDEX + place


def host_mac(place: int) -> str:
    return f"02:00:00:00:00:{place:02x}"


def cable_mac(place: int, end: int) -> str:
    """`end` is 1 or 2."""
    return f"02:00:00:0c:{place:02x}:{end:02x}"


def host_addresses(place: int) -> dict[str, str]:
    return {"ipv4": f"10.0.0.{place}", "ipv6": f"fd00::{place:x}"}


def cable_addresses(place: int, end: int) -> dict[str, str]:
    return {"ipv4": f"10.{place}.0.{end}", "ipv6": f"fd00:{place:x}::{end}"}
