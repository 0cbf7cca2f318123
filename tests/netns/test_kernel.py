"""The kernel's own word: each state a TCP socket was seen in, and the counters that rose."""

from __future__ import annotations

import errno
import socket

from netns import kernel
from netns.builder import build
from netns.log import Rose, SocketIs
from netns.plan import Host, Match, Plan, Rule
from netns.sandbox import inside

from .conftest import InSandbox, Lab


def seen(lab: Lab, host: str) -> list[str]:
    """`SYN_SENT -> ESTABLISHED`, of one host."""
    entries = [entry for entry in lab.watch.log if isinstance(entry, SocketIs) and entry.host == host]
    return [f"{entry.old} -> {entry.new}" for entry in entries]


def test_a_whole_life_is_told_on_both_hosts(in_sandbox: InSandbox) -> None:
    def lives() -> tuple[list[str], list[str]]:
        lab = Lab(Plan())
        listener = lab.listener("server", 9)
        lab.connect("server", 9)
        lab.settle()
        accepted, _ = listener.accept()
        lab.client.close()
        # A timer acknowledges the FIN, unless the server's own FIN is there before.
        lab.run_until(lambda: "FIN_WAIT1 -> FIN_WAIT2" in seen(lab, "client"))
        accepted.close()
        lab.settle()
        return seen(lab, "client"), seen(lab, "server")

    client, server = in_sandbox(lives)
    assert client == [
        "CLOSE -> SYN_SENT", "SYN_SENT -> ESTABLISHED", "ESTABLISHED -> FIN_WAIT1", "FIN_WAIT1 -> FIN_WAIT2",
        "FIN_WAIT2 -> TIME_WAIT",
    ]  # fmt: skip
    assert server == [
        "CLOSE -> SYN_RECV", "SYN_RECV -> ESTABLISHED", "ESTABLISHED -> CLOSE_WAIT", "CLOSE_WAIT -> LAST_ACK",
        "LAST_ACK -> CLOSE",
    ]  # fmt: skip


def test_addresses_are_written_as_everywhere_else(in_sandbox: InSandbox) -> None:
    def local(family: str) -> tuple[str, str]:
        lab = Lab(Plan(family="ipv6" if family == "ipv6" else "ipv4"))
        lab.client.bind((lab.ground.hosts["client"].addresses[family], 40_000))
        lab.connect("server", 9)
        lab.watch.sample(1)
        (entry,) = lab.watch.log
        assert isinstance(entry, SocketIs)
        return entry.local, entry.remote

    assert in_sandbox(lambda: local("ipv4")) == ("10.0.0.1:40000", "10.0.0.2:9")
    assert in_sandbox(lambda: local("ipv6")) == ("[fd00::1]:40000", "[fd00::2]:9")


def test_a_socket_that_took_over_the_addresses_of_another_is_another(in_sandbox: InSandbox) -> None:
    def succeeds() -> list[str]:
        lab = Lab(Plan(rules=(Rule(match=Match(what="S"), drop=True),)))
        for _ in range(2):
            lab.client = lab.socket("client")
            lab.client.bind(("10.0.0.1", 40_000))
            lab.connect("server", 9)
            if not _:
                lab.watch.sample(1)
                lab.client.close()
        lab.watch.sample(2)
        return seen(lab, "client")

    assert in_sandbox(succeeds) == ["CLOSE -> SYN_SENT", "SYN_SENT -> CLOSE", "CLOSE -> SYN_SENT"]


def test_sockets_that_are_only_bound_or_listen_are_not_told(in_sandbox: InSandbox) -> None:
    def waits() -> list[str]:
        lab = Lab(Plan())
        lab.listener("client", 9)
        lab.client.bind(("10.0.0.1", 40_000))
        lab.watch.sample(1)
        return seen(lab, "client")

    assert in_sandbox(waits) == []


def test_an_ipv6_socket_with_ipv4_addresses_in_it_is_told_too(in_sandbox: InSandbox) -> None:
    def maps() -> str:
        ground = build(Plan())
        watch = kernel.StateWatch(ground)
        with inside(ground.hosts["client"].net_fd), socket.socket(socket.AF_INET6) as mapped:
            mapped.setblocking(False)
            assert mapped.connect_ex(("::ffff:10.0.0.2", 9)) == errno.EINPROGRESS
            watch.sample(1)
        (entry,) = watch.log
        assert isinstance(entry, SocketIs)
        return entry.remote

    assert in_sandbox(maps) == "[::ffff:10.0.0.2]:9"


def test_more_sockets_than_fit_into_one_answer_are_all_told(in_sandbox: InSandbox) -> None:
    def crowds() -> int:
        lab = Lab(Plan())
        crowd = [lab.socket("client") for _ in range(600)]
        for one in crowd:
            one.connect_ex(("10.0.0.2", 9))
        lab.watch.sample(1)
        return len(lab.watch.log)

    assert in_sandbox(crowds) == 600


def test_counters_that_rose_are_told_by_host_and_by_how_much(in_sandbox: InSandbox) -> None:
    def refuses() -> set[Rose]:
        lab = Lab(Plan(hosts=(Host(name="client"), Host(name="server"))))
        lab.connect("server", 9)
        lab.run_until_ready()
        return set(kernel.rose(lab.ground, 5))

    assert in_sandbox(refuses) == {Rose(5, "client", "TcpAttemptFails", 1), Rose(5, "server", "TcpOutRsts", 1)}
