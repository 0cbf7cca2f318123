"""Kernel settings of one network namespace, written and read back in the namespace that the caller stands in.

/proc/sys/net shows whoever opens it the namespace that he stands in, so entering it is all that is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from netns.addresses import WIRE_END
from netns.errors import GroundError
from netns.procsys import read_sysctl, write_sysctl

IPV6_OFF = {"net.ipv6.conf.all.disable_ipv6": "1"}
"""Where IPv6 is not used: without it no multicast listener reports and no duplicate detection on the wire. It holds for
links to come too, see addrconf_disable_ipv6() in net/ipv6/addrconf.c.
"""

IPV6_OFF_LATER = {"net.ipv6.conf.default.disable_ipv6": "1"}
"""The same for links to come alone."""

IPV6_QUIET = {
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.ipv6.conf.default.disable_ipv6": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.default.addr_gen_mode": "1",
    "net.ipv6.conf.default.router_solicitations": "0",
    "net.ipv6.conf.default.accept_ra": "0",
}
"""No duplicate detection, no link-local address made up, nobody asked for a router."""

IPV4_PLAIN = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}
"""A new namespace takes these from the machine (net.core.devconf_inherit_init_net), and no case may depend on that."""

STEADY = {
    "net.ipv4.tcp_congestion_control": "reno",
    "net.ipv4.tcp_early_retrans": "0",
    "net.ipv4.tcp_slow_start_after_idle": "0",
    "net.ipv4.tcp_moderate_rcvbuf": "0",
    "net.ipv4.tcp_autocorking": "0",
    "net.ipv4.tcp_no_metrics_save": "1",
    "net.ipv4.tcp_rto_min_us": "1000000",
}
"""TCP without what goes by the clock: no CUBIC, no tail loss probe after two round trips (a step of the lab may take
longer), no idle restart, and where the kernel can (6.11) no retransmission within the first second. They hold for IPv6
too, and a scenario may set them otherwise.
"""

SMALL_TABLE = {"net.ipv4.tcp_child_ehash_entries": "256"}
"""Namespaces made by this one get a TCP table of their own; whoever looks for sockets need not walk a large one."""

LONGEST_TICK_MS = 10
"""A kernel has at least 100 ticks in a second."""


def write(settings: Mapping[str, str], host: str) -> None:
    """Writes each setting that has another value, and reads it back.

    Raises GroundError naming the one that is missing or did not stick. What need not be written is not: some of these
    want the lock of all links (rtnl), and where another namespace has it, the kernel does not wait but has write(2)
    called again and again until it is free (restart_syscall() in net/ipv4/devinet.c and net/ipv6/addrconf.c).
    """
    for name, value in settings.items():
        found = read_sysctl(name)
        if found is not None and found.split() == value.split():
            continue
        _write(name, value, host)
        found = read_sysctl(name)
        if found is None or not _is_same(name, value, found):
            raise GroundError(f"{name} on {host} does not stick: written {value}, read {found}")


def _is_same(name: str, value: str, found: str) -> bool:
    """The kernel keeps milliseconds in its own ticks, and rounds them up: 1 reads as 4 where it has 250 in a second."""
    if name.endswith("_ms") and value.isdigit() and found.isdigit():
        return int(value) <= int(found) <= int(value) + LONGEST_TICK_MS
    return found.split() == value.split()


def write_if_there(settings: Mapping[str, str]) -> None:
    """Writes what exists; for settings that only make things quieter or faster."""
    for name, value in settings.items():
        with suppress(GroundError):
            _write(name, value, "the lab")


def of_links(settings: Mapping[str, str]) -> dict[str, str]:
    """Those settings that belong to a link, and so exist only once the link does."""
    return {name: value for name, value in settings.items() if _names_a_link(name)}


def not_of_links(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if not _names_a_link(name)}


def _names_a_link(name: str) -> bool:
    return any(part == WIRE_END or part.startswith("cable") for part in name.split("."))


def _write(name: str, value: str, host: str) -> None:
    try:
        write_sysctl(name, value)
    except OSError as error:
        raise GroundError(f"cannot set {name} to {value} on {host}: {error.strerror}", _remedy(error)) from error


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "this kernel has no such setting, or does not keep one for each network namespace; leave it out"
    return ""
