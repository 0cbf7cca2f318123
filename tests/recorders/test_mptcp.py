"""Multipath TCP is told from plain TCP, whether or not strace knows the protocol's name."""

from __future__ import annotations

import pytest

from harness.events import Socket
from harness.recorders import strace


def opened(words: str) -> Socket:
    text = f"50 1.0 socket({words}) = 3 <0.000000010>\n50 2.0 +++ exited with 0 +++\n"
    [found] = [event for event in strace.parse(text, who="client", root=50).events if isinstance(event, Socket)]
    return found


@pytest.mark.parametrize("protocol", ["IPPROTO_MPTCP", "0x106 /* IPPROTO_??? */", "262"])
def test_a_socket_of_multipath_tcp_has_a_type_of_its_own(protocol: str) -> None:
    assert opened(f"AF_INET, SOCK_STREAM|SOCK_NONBLOCK, {protocol}").type == "mptcp"


@pytest.mark.parametrize("protocol", ["IPPROTO_IP", "IPPROTO_TCP"])
def test_a_socket_of_plain_tcp_is_a_stream(protocol: str) -> None:
    assert opened(f"AF_INET6, SOCK_STREAM|SOCK_NONBLOCK, {protocol}").type == "stream"
