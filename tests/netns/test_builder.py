"""The builder makes what the plan says, and names what the kernel would not let it make."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import Literal

import pytest

from netns import requests, shelf
from netns.builder import build, prepare
from netns.errors import GroundError
from netns.plan import Cable, Host, Plan, Route
from netns.sandbox import inside

from .conftest import InSandbox, Lab

Family = Literal["ipv4", "ipv6"]
HOSTS = (Host(name="client"), Host(name="server"))


def refusal_of(plan: Plan, in_sandbox: InSandbox) -> str:
    def refused() -> str:
        try:
            build(plan)
        except GroundError as error:
            return str(error)
        return ""

    return str(in_sandbox(refused))


def with_sysctl(name: str, value: str) -> Plan:
    return Plan(hosts=(Host(name="client", sysctl={name: value}), Host(name="server")))


def test_each_host_has_its_name_mac_and_addresses_by_its_place(in_sandbox: InSandbox) -> None:
    plan = Plan(hosts=(*HOSTS, Host(name="dns"), Host(name="gone", answers=False)))

    def look() -> list[tuple[str, str, str, str, bool]]:
        hosts = build(plan).hosts
        assert list(hosts) == [host.name for host in hosts.values()]
        return [(h.name, h.mac, h.addresses["ipv4"], h.addresses["ipv6"], h.port_fd is None) for h in hosts.values()]

    assert in_sandbox(look) == [
        ("client", "02:00:00:00:00:01", "10.0.0.1", "fd00::1", False),
        ("server", "02:00:00:00:00:02", "10.0.0.2", "fd00::2", False),
        ("dns", "02:00:00:00:00:03", "10.0.0.3", "fd00::3", False),
        ("gone", "02:00:00:00:00:04", "10.0.0.4", "fd00::4", True),
    ]


@pytest.mark.skipif(shutil.which("ip") is None, reason="ip(8) is not installed")
@pytest.mark.parametrize(
    ("family", "wanted"),
    [
        ("ipv4", {"lo 127.0.0.1/8", "eth0 10.0.0.2/24", "cable1 10.1.0.2/24"}),
        ("ipv6", {"lo 127.0.0.1/8", "lo ::1/128", "eth0 fd00::2/64", "cable1 fd00:1::2/64"}),
    ],
)
def test_only_the_plans_family_is_set_up(in_sandbox: InSandbox, family: Family, wanted: set[str]) -> None:
    plan = Plan(family=family, hosts=HOSTS, cables=(Cable(between=("client", "server")),))

    def look() -> set[str]:
        with inside(build(plan).hosts["server"].net_fd):
            lines = subprocess.run(["ip", "-o", "address"], capture_output=True, text=True, check=True).stdout
        return {f"{line.split()[1]} {line.split()[3]}" for line in lines.splitlines()}

    assert in_sandbox(look) == wanted


def test_a_prepared_plan_needs_no_pyroute2_any_more(in_sandbox: InSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "get", lambda kind, made_of: None)
    plan = Plan(routes=(Route(on="client", to="10.77.0.0/16", kind="prohibit"),))
    assert not requests.is_known(plan)
    prepare(plan)

    def builds() -> int:
        requests._script = None  # type: ignore[assignment]  # whoever asks pyroute2 again, fails
        build(Plan(routes=(Route(on="client", to="10.77.0.0/16", kind="prohibit"),)))
        return 0

    assert in_sandbox(builds) == 0


def test_stand_ins_are_filled_with_the_descriptors_of_this_ground() -> None:
    links = requests.script_of(Plan()).links
    assert [host for _, host in links.holes] == ["client", "server"]
    filled = links.filled({"client": 71, "server": 72})
    assert [int.from_bytes(filled[at : at + 4], "little") for at, _ in links.holes] == [71, 72]


def test_a_setting_is_there_before_the_link_comes_up_also_one_of_the_link(in_sandbox: InSandbox) -> None:
    settings = {"net.ipv4.tcp_syn_retries": "2", "net.ipv4.neigh.eth0.mcast_solicit": "1"}

    def reads() -> dict[str, str]:
        ground = build(Plan(hosts=(Host(name="client", sysctl=settings), Host(name="server"))))
        with inside(ground.hosts["client"].net_fd):
            return {name: open("/proc/sys/" + name.replace(".", "/")).read().strip() for name in settings}

    assert in_sandbox(reads) == settings


def test_a_setting_a_little_less_than_what_is_there_is_written(in_sandbox: InSandbox) -> None:
    """What was written may read as up to a tick more; what was there before may not."""
    name, usual_ms = "net.ipv4.neigh.eth0.retrans_time_ms", 1000

    def reads() -> int:
        ground = build(with_sysctl(name, str(usual_ms - 10)))
        with inside(ground.hosts["client"].net_fd):
            return int(open("/proc/sys/" + name.replace(".", "/")).read())

    assert usual_ms - 10 <= in_sandbox(reads) < usual_ms


def test_a_setting_that_does_not_exist_is_named(in_sandbox: InSandbox) -> None:
    assert "cannot set net.ipv4.no_such to 1 on client" in refusal_of(with_sysctl("net.ipv4.no_such", "1"), in_sandbox)


def test_a_value_that_the_kernel_refuses_is_named(in_sandbox: InSandbox) -> None:
    assert "cannot set net.ipv4.tcp_syn_retries to 0" in refusal_of(
        with_sysctl("net.ipv4.tcp_syn_retries", "0"), in_sandbox
    )


def test_a_value_that_does_not_stick_is_named(in_sandbox: InSandbox) -> None:
    said = refusal_of(with_sysctl("net.ipv4.tcp_rmem", "5000 6000"), in_sandbox)
    assert "net.ipv4.tcp_rmem on client does not stick: written 5000 6000, read 5000" in said


def test_a_route_that_the_kernel_refuses_is_named_in_its_words(in_sandbox: InSandbox) -> None:
    said = refusal_of(Plan(routes=(Route(on="client", to="10.9.0.0/16", via="192.0.2.1"),)), in_sandbox)
    assert "the kernel refuses route via 192.0.2.1 to 10.9.0.0/16 on client" in said
    assert "(Nexthop has invalid gateway)" in said


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_fresh_ground_is_silent(in_sandbox: InSandbox, family: Family) -> None:
    assert in_sandbox(lambda: Lab(Plan(family=family)).wire.observe()) == 0


def test_segments_are_as_small_as_on_a_real_wire(in_sandbox: InSandbox) -> None:
    def largest() -> int:
        lab = Lab(Plan())
        listener = lab.listener("server", 9)
        lab.connect("server", 9)
        lab.settle()
        assert lab.client.send(bytes(30_000)) == 30_000
        lab.settle()
        accepted, _ = listener.accept()
        assert len(accepted.recv(30_000)) == 30_000
        return max(len(entry.raw) for entry in lab.wire.log)  # type: ignore[union-attr]

    assert in_sandbox(largest) == 1514


def test_frames_that_found_no_room_are_counted(in_sandbox: InSandbox) -> None:
    def floods() -> tuple[int, bool, int]:
        ground = build(Plan())
        first = ground.lost_frames()
        with inside(ground.hosts["client"].net_fd), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as flood:
            flood.bind(("eth0", 0))
            for _ in range(5000):
                flood.send(bytes(1400))
        return first, ground.lost_frames() > 0, ground.lost_frames()

    assert in_sandbox(floods) == (0, True, 0)


def test_a_closed_ground_holds_no_descriptors(in_sandbox: InSandbox) -> None:
    def descriptors() -> bool:
        import os

        before = len(os.listdir("/proc/self/fd"))
        build(Plan(cables=(Cable(between=("client", "server")),))).close()
        return len(os.listdir("/proc/self/fd")) == before

    assert in_sandbox(descriptors)
