"""Builds the ground of a plan: hosts, their lines to the wire, cables, addresses, routes and settings.

Each host is an anonymous network namespace held by a descriptor; the wire's ends of the lines lie in the namespace that
the builder stands in. Nothing is taken down: links that are deleted cost 30 ms each, namespaces that die cost nothing.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from netns import addresses as called
from netns import offloads, packets, requests, sysctls
from netns.cables import CableHandle
from netns.errors import GroundError
from netns.plan import Host, Plan
from netns.rtnetlink import IFF_LOWER_UP, IFF_RUNNING, IFF_UP, Rtnetlink
from netns.sandbox import inside, new_net
from netns.scripts import Batch, Script

_READY = IFF_UP | IFF_RUNNING | IFF_LOWER_UP
_PATIENCE_S = 2.0
_NAP_S = 0.0001


class HostHandle(NamedTuple):
    """A host that stands: `port_fd` is the lab's end of its line to the wire, None for a dead neighbour."""

    name: str
    net_fd: int
    mac: str
    addresses: Mapping[str, str]
    port_fd: socket.socket | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What was built. It stands as long as this process and the programs on it live, or until `close`."""

    family: str
    hosts: dict[str, HostHandle]
    cables: list[CableHandle]

    def lost_frames(self) -> int:
        """Frames that found no room since this was asked last; a case that lost any is worthless."""
        return sum(map(packets.lost_frames, self._sockets()))

    def close(self) -> None:
        for opened in self.leave():
            opened.close()

    def leave(self) -> list[socket.socket]:
        """Closes all but the packet sockets, and hands these out: each close of one waits for the kernel's readers."""
        for host in self.hosts.values():
            with suppress(OSError):
                os.close(host.net_fd)
        return self._sockets()

    def _sockets(self) -> list[socket.socket]:
        ports = [host.port_fd for host in self.hosts.values() if host.port_fd is not None]
        return [*ports, *(cable.socket for cable in self.cables)]


def prepare(plan: Plan) -> None:
    """Does beforehand, in a warm process, what building needs time for; processes forked from it build faster."""
    requests.script_of(plan)


def build(plan: Plan) -> Ground:
    """Builds the ground; call it in pid 1 of a sandbox, at most once there. Raises GroundError."""
    script = requests.script_of(plan)
    _settle_in()
    net_fds = {host.name: new_net() for host in plan.hosts}
    for host in plan.hosts:
        with inside(net_fds[host.name]):
            _before_links(plan, host)
    _lay_links(plan, script, net_fds)
    if plan.family == "ipv6":
        for name, net_fd in net_fds.items():
            with inside(net_fd):
                _await_neighbourhood(plan, name)
    return Ground(plan.family, _handles(plan, net_fds), _cables(plan, net_fds))


def _lay_links(plan: Plan, script: Script, net_fds: dict[str, int]) -> None:
    """Lines and cables, up and with their addresses, and then the routes."""
    with ExitStack() as opened:
        wire, kernels = opened.enter_context(Rtnetlink()), {}
        wire.obey(script.links.filled(net_fds), script.links.asks)
        for host in plan.hosts:
            with inside(net_fds[host.name]):
                kernels[host.name] = kernel = opened.enter_context(Rtnetlink())
                _with_links(plan, host, kernel, script.hosts[host.name])
        for name, kernel in kernels.items():
            _when_all_is_up(name, kernel, script.late[name])
        _must_be_ready(wire.obey(script.ports.data, script.ports.asks), "the wire")


def _settle_in() -> None:
    sysctls.write_if_there(sysctls.SMALL_TABLE)
    sysctls.write_if_there(sysctls.IPV6_OFF_LATER)


def _before_links(plan: Plan, host: Host) -> None:
    """What a link takes over when it is made."""
    sysctls.write(sysctls.IPV4_PLAIN, host.name)
    sysctls.write_if_there(sysctls.STEADY)
    if plan.family == "ipv6":
        sysctls.write(sysctls.IPV6_QUIET, host.name)
    else:
        sysctls.write_if_there(sysctls.IPV6_OFF)
    sysctls.write(sysctls.not_of_links(host.sysctl), host.name)


def _with_links(plan: Plan, host: Host, kernel: Rtnetlink, batch: Batch) -> None:
    """What must be settled on a link before it comes up, and then its address."""
    sysctls.write(sysctls.of_links(host.sysctl), host.name)
    offloads.switch_off(called.WIRE_END, *(called.cable_name(place) for place in _cables_of(plan, host.name)))
    kernel.obey(batch.data, batch.asks)


def _when_all_is_up(name: str, kernel: Rtnetlink, batch: Batch) -> None:
    """Routes, and one look at each link: until somebody asked for it, its first frame can be lost.

    The kernel settles a link's carrier in a work queue, and asking for the link waits for that (linkwatch_sync_dev()).
    """
    _must_be_ready(kernel.obey(batch.data, batch.asks), name)


def _must_be_ready(links: Mapping[int, int], where: str) -> None:
    for index, flags in links.items():
        if flags & _READY != _READY:
            raise GroundError(f"link {index} of {where} is not up: flags {flags:#x}")


def _await_neighbourhood(plan: Plan, name: str) -> None:
    """Waits until each link hears who asks for its IPv6 address; a work queue sees to that after the address is set."""
    wanted = requests.solicited_nodes(plan, name)
    deadline = time.monotonic() + _PATIENCE_S
    while not wanted <= _groups_joined():
        if time.monotonic() > deadline:
            raise GroundError(f"{name} does not listen for its IPv6 neighbours")
        time.sleep(_NAP_S)


def _groups_joined() -> set[tuple[str, str]]:
    """Link and group of each IPv6 multicast membership in the namespace that the caller stands in."""
    lines = Path("/proc/thread-self/net/igmp6").read_text().splitlines()
    return {(link, group) for _, link, group, *_ in map(str.split, lines)}


def _handles(plan: Plan, net_fds: dict[str, int]) -> dict[str, HostHandle]:
    return {
        host.name: HostHandle(
            host.name,
            net_fds[host.name],
            called.host_mac(place),
            called.host_addresses(place),
            packets.listen_on(called.port_name(place)) if host.answers else None,
        )
        for place, host in enumerate(plan.hosts, 1)
    }


def _cables(plan: Plan, net_fds: dict[str, int]) -> list[CableHandle]:
    handles = []
    for place, cable in enumerate(plan.cables, 1):
        with inside(net_fds[cable.between[1]]):
            opened = packets.listen_on(called.cable_name(place))
        handles.append(CableHandle(called.cable_name(place), cable.between, opened))
    return handles


def _cables_of(plan: Plan, name: str) -> list[int]:
    return [place for place, cable in enumerate(plan.cables, 1) if name in cable.between]
