"""Kernel TCP over the ground: what a program gets from connect(), and when, is what the real situation gives."""

from __future__ import annotations

import errno
import os
import select
import shutil
import subprocess
import sys
from typing import Literal

import pytest

from netns import kernel
from netns.frames import dissect
from netns.log import Sighting, SocketIs
from netns.plan import Cable, Host, Plan, Route

from .conftest import InSandbox, Lab

Family = Literal["ipv4", "ipv6"]
both_families = pytest.mark.parametrize("family", ["ipv4", "ipv6"])

ALL_FIVE = select.POLLIN | select.POLLOUT | select.POLLERR | select.POLLHUP
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def story(lab: Lab) -> list[str]:
    """TCP as it left and arrived: `client > server S`."""
    said = []
    for entry in lab.wire.log:
        if isinstance(entry, Sighting) and (frame := dissect(entry.raw)).proto == "tcp":
            arrow = {"sent": ">", "arrived": ">>", "dropped": "x"}[entry.phase]
            said.append(f"{entry.sender} {arrow} {entry.receiver} {frame.flags}")
    return said


def states(lab: Lab, host: str) -> list[tuple[str, str]]:
    return [(entry.old, entry.new) for entry in lab.watch.log if isinstance(entry, SocketIs) and entry.host == host]


@both_families
def test_a_handshake_goes_frame_by_frame(in_sandbox: InSandbox, family: Family) -> None:
    """The client is ready when the SYN-ACK arrives; the listener when the client's ACK does, and not before."""

    def plays() -> list[str]:
        lab = Lab(Plan(family=family))
        listener = lab.listener("server", 9)
        assert lab.connect("server", 9) == errno.EINPROGRESS
        assert lab.run_until_ready() == select.POLLOUT
        assert states(lab, "client") == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED")]
        assert lab.error() == 0
        assert lab.mask(listener) == 0
        lab.settle()
        assert lab.mask(listener) == select.POLLIN
        return story(lab)

    assert in_sandbox(plays) == [
        "client > server S",
        "client >> server S",
        "server > client SA",
        "server >> client SA",
        "client > server A",
        "client >> server A",
    ]


@both_families
def test_a_closed_port_refuses(in_sandbox: InSandbox, family: Family) -> None:
    def plays() -> tuple[int, int, list[tuple[str, str]]]:
        lab = Lab(Plan(family=family))
        assert lab.connect("server", 9) == errno.EINPROGRESS
        return lab.run_until_ready(), lab.error(), states(lab, "client")

    mask, error, seen = in_sandbox(plays)
    assert (mask, error) == (ALL_FIVE, errno.ECONNREFUSED)
    assert seen == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "CLOSE")]


@both_families
def test_a_dead_neighbour_is_unreachable_as_soon_as_the_kernel_gives_up(in_sandbox: InSandbox, family: Family) -> None:
    quick = {f"net.{family}.neigh.eth0.mcast_solicit": "1", f"net.{family}.neigh.eth0.retrans_time_ms": "1"}
    plan = Plan(family=family, hosts=(Host(name="client", sysctl=quick), Host(name="gone", answers=False)))

    def plays() -> tuple[int, int, list[str]]:
        lab = Lab(plan)
        assert lab.connect("gone", 9) == errno.EINPROGRESS
        return lab.run_until_ready() & select.POLLERR, lab.error(), story(lab)

    assert in_sandbox(plays) == (select.POLLERR, errno.EHOSTUNREACH, [])


@both_families
def test_icmp_over_a_cable_finds_the_socket_locked(in_sandbox: InSandbox, family: Family) -> None:
    """The router's answer arrives within connect(), which still owns the socket: it does not end the attempt.

    IPv4 tells of it by its error queue (ip_icmp_error()), hence the readiness; IPv6 does that only for IPV6_RECVERR.
    """
    forward = {"ipv4": "net.ipv4.ip_forward", "ipv6": "net.ipv6.conf.all.forwarding"}[family]
    far, via, target = {
        "ipv4": ("10.9.0.0/16", "10.1.0.2", "10.9.0.1"),
        "ipv6": ("fd09::/64", "fd00:1::2", "fd09::1"),
    }[family]
    plan = Plan(
        family=family,
        hosts=(Host(name="client"), Host(name="router", sysctl={forward: "1"})),
        cables=(Cable(between=("client", "router")),),
        routes=(Route(on="client", to=far, via=via), Route(on="router", to=far, kind="unreachable")),
    )

    def plays() -> tuple[int, dict[str, int], list[str]]:
        lab = Lab(plan)
        assert lab.client.connect_ex((target, 9)) == errno.EINPROGRESS
        mask = lab.mask(lab.client)
        rose = kernel.rose(lab.ground, 1)
        (cable,) = lab.ground.cables
        cable.observe()
        seen = [f"{entry.sender} {entry.phase} {dissect(entry.raw).proto}" for entry in cable.log]  # type: ignore[union-attr]
        return mask, {entry.counter: entry.by for entry in rose if entry.host == "client"}, seen

    mask, rose, seen = in_sandbox(plays)
    assert mask == {"ipv4": select.POLLERR, "ipv6": 0}[family]
    assert rose["TcpExtLockDroppedIcmps"] == 1
    assert [line for line in seen if "arp" not in line and "nd" not in line.split()] == [
        "client sent tcp", "client arrived tcp", "router sent icmp", "router arrived icmp",
    ]  # fmt: skip


@both_families
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("unreachable", errno.EHOSTUNREACH),
        ("prohibit", errno.EACCES),
        ("blackhole", errno.EINVAL),
        ("throw", errno.ENETUNREACH),
    ],
)
def test_a_route_without_next_hop_fails_at_once(
    in_sandbox: InSandbox, family: Family, kind: Literal["unreachable", "prohibit", "blackhole", "throw"], error: int
) -> None:
    network, target = {"ipv4": ("203.0.113.0/24", "203.0.113.9"), "ipv6": ("2001:db8::/32", "2001:db8::9")}[family]
    plan = Plan(family=family, routes=(Route(on="client", to=network, kind=kind),))
    assert in_sandbox(lambda: Lab(plan).client.connect_ex((target, 9))) == error


def test_a_third_host_is_on_the_same_wire(in_sandbox: InSandbox) -> None:
    def plays() -> int:
        lab = Lab(Plan(hosts=(Host(name="client"), Host(name="server"), Host(name="dns"))))
        lab.listener("dns", 53)
        assert lab.connect("dns", 53) == errno.EINPROGRESS
        return lab.run_until_ready()

    assert in_sandbox(plays) == select.POLLOUT


def nobody_runs_python() -> bool:
    """Whether somebody without rights can be had, and can read this interpreter: one below /root is nobody's."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        return False
    return subprocess.run([*NOBODY, sys.executable, "-c", "pass"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not nobody_runs_python(), reason="needs root, and an interpreter that others may read")
def test_an_ordinary_user_builds_the_same_ground() -> None:
    script = """
import errno, os, select, time
from netns import sandbox
from tests.netns.conftest import Lab
from netns.plan import Plan
def main():
    lab = Lab(Plan())
    lab.listener("server", 9)
    lab.connect("server", 9)
    return 0 if os.getuid() == 0 and lab.run_until_ready() == select.POLLOUT else 1
assert os.getuid() == 65534
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(sandbox.spawn(main), 0)[1]))
"""
    ran = subprocess.run([*NOBODY, sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
