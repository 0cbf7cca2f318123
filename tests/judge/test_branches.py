"""The branch that the kernel took is known by its witnesses."""

from __future__ import annotations

from harness.branches import BRANCHES, FAMILIES, branches, witnesses
from harness.notation import parse
from harness.trace import Trace

ICMP = """
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
wire    client > server  S
wire    server >> client  icmp 3/1
"""
AT_ONCE = ICMP + "client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP\nkernel client SYN_SENT -> CLOSE"
LOCKED = ICMP + "client  ready(sock1) = ERR\nkernel client TcpExtLockDroppedIcmps +1"
CONNECTED = """
client  connect(sock1, 10.0.0.2:9) = EINPROGRESS
client  ready(sock1) = OUT
client  getsockopt(sock1, SO_ERROR) = 0
"""


def seen(text: str) -> tuple[str, ...]:
    return tuple(name for name in branches(Trace(parse(text))) if not name.startswith("connect-"))


def test_an_icmp_error_that_kills_the_attempt() -> None:
    assert seen(AT_ONCE) == ("icmp-at-once",)
    witness = witnesses(Trace(parse(AT_ONCE)))["icmp-at-once"]
    assert [type(event).__name__ for event in witness] == ["Packet", "Ready", "TcpState"]


def test_an_icmp_error_that_found_the_socket_locked() -> None:
    assert seen(LOCKED) == ("icmp-while-locked",)


def test_select_cannot_tell_but_the_counter_does() -> None:
    assert seen(LOCKED.replace("= ERR", "= IN|OUT")) == ("icmp-while-locked",)
    assert seen(AT_ONCE.replace("IN|OUT|ERR|HUP|RDHUP", "IN|OUT")) == ("icmp-at-once",)


def test_no_icmp_no_branch() -> None:
    assert seen(AT_ONCE.replace("icmp 3/1", "RA")) == ()


def test_a_reset_before_the_subject_looked() -> None:
    assert seen(CONNECTED.replace("SO_ERROR) = 0", "SO_ERROR) = ECONNRESET")) == ("reset-first",)


def test_a_reset_after_the_connection_stood() -> None:
    assert seen(CONNECTED + "client  recv(sock1, 10) = -1 ECONNRESET") == ("reset-later",)
    assert seen(CONNECTED) == ()


def test_success_at_once_or_in_progress() -> None:
    assert branches(Trace(parse("client connect(sock1, 10.0.0.2:9) = 0"))) == ("connect-at-once",)
    assert branches(Trace(parse(CONNECTED))) == ("connect-in-progress",)


def test_every_branch_excludes_another() -> None:
    assert sorted(name for family in FAMILIES for name in family) == sorted(BRANCHES)
