"""With strace taken away, the shipped scenarios pass on what the programs tell of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.kept import cases_in
from harness.runner.front import Options, Rig

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = {
    "the error queue is read by recvmsg(2)": "kernel/icmp-to-syn::ipv4-recverr",
    "an option has its kernel's name, not its number": "kernel/icmp-on-established-recverr::ipv6",
    "an errno with two names has the kernel's": "kernel/icmp-codes::3.5",
    "a lingering close is one that resets": "kernel/listener-rst-before-accept::ipv4",
    "what only the C library calls is not asked for": "kernel/name-server-none::ipv4",
    "what only a signal tells is not asked for": "kernel/stream-write-to-closed::ipv4",
    "TLS on a descriptor is not missed": "net_conn/tls::ipv4-epoll",
    "telling takes none of the last descriptors": "readiness/out-of-descriptors::ipv4-epoll",
    "a full server is full all the same": "chat/no-descriptors::ipv4-poll",
    "and has room again": "httpd/out-of-descriptors::ipv4-select",
}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with Rig(Options(jobs=1, strace=False)) as untraced:
        yield untraced


@pytest.mark.parametrize("name", CASES.values(), ids=list(CASES))
def test_a_case_passes_without_strace_because(rig: Rig, name: str) -> None:
    spec, _, id = name.partition("/")
    file = SCENARIOS / spec / f"{id.partition('::')[0]}.yaml"
    [case] = [case for case in cases_in([file]) if case.id == id]
    result = rig.run_one(case)
    assert result.verdict == "pass", result.reason
    assert result.self_reported
    assert "syscall" in result.points
