"""Addresses as the command line takes them, and as they are written; a name is nobody's address."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toys.toy9.cli import LARGEST_PORT, parser
from toys.toy9.resolver import literal
from toys.toy9.sockets import Wishes, opened, sockaddr, written


def bind_to(text: str) -> tuple[str, int]:
    bound: tuple[str, int] = parser().parse_args(["connect", "good.lab", "9", "--bind", text]).bind
    return bound


@given(st.ip_addresses().map(str), st.integers(0, LARGEST_PORT))
def test_what_is_written_reads_back_the_same(host: str, port: int) -> None:
    assert bind_to(written((host, port))) == (host, port)


def test_the_scope_of_an_address_is_kept_both_ways() -> None:
    lo = socket.if_nametoindex("lo")
    assert sockaddr("fe80::1%lo", 9) == ("fe80::1", 9, 0, lo)
    assert written(("fe80::1", 9, 0, lo)) == "[fe80::1%lo]:9"
    assert written(("fd00::1", 9, 0, 0)) == "[fd00::1]:9"


@pytest.mark.skipif(not Path("/proc/sys/net/mptcp/enabled").exists(), reason="this kernel has no MPTCP")
def test_a_socket_of_another_protocol_is_made_if_wished_for() -> None:
    address = literal("127.0.0.1", 9)
    assert address is not None
    with opened(address, Wishes(protocol=socket.IPPROTO_MPTCP), blocking=False) as made:
        assert made.proto == socket.IPPROTO_MPTCP


@given(st.ip_addresses().map(str))
def test_the_port_may_be_left_out(host: str) -> None:
    assert bind_to(host) == (host, 0)


@pytest.mark.parametrize(
    "text",
    ["", ":", "9", "good.lab", "good.lab:9", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "[::1]", "[::1]9", "1.2:4"],
)
def test_nothing_else_can_be_bound_to(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bind_to(text)
    assert "is not an address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6), ("fe80::1%lo", socket.AF_INET6)]
)
def test_a_literal_address_is_known_as_one(host: str, family: socket.AddressFamily) -> None:
    assert literal(host, 9) == (family, host, 9)


@pytest.mark.parametrize("host", ["localhost", "127.1", "127.0.0.1%lo", "fe80::1%no-such", "::1%", "256.1.1.1", ""])
def test_all_else_is_for_the_resolver(host: str) -> None:
    assert literal(host, 9) is None
