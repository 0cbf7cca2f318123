"""Packets are made in a process of their own, and are the same as if they had been made here."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from netns import craft, packetsmith, smithy
from netns.ends import Ends
from netns.errors import GroundError
from netns.plan import Craft

ENDS = Ends(b"\x02\0\0\0\0\1", b"\x02\0\0\0\0\2", "ipv4", "10.0.0.1", "10.0.0.2", 7, 40000)
SYN_ACK = ("segment", ENDS, Craft(flags="SA"), 1000, 8)


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """The way to a smithy, which ends with the test."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        smithy.serve(theirs)
        os._exit(0)
    theirs.close()
    yield ours
    ours.close()
    assert os.waitpid(pid, 0)[1] == 0


def test_what_the_smithy_makes_is_what_would_be_made_here(door: socket.socket) -> None:
    with closing(smithy.connect(door)) as smith:
        assert smith(*SYN_ACK) == packetsmith.make(*SYN_ACK)


def test_several_are_served_and_each_gets_its_own(door: socket.socket) -> None:
    with ExitStack() as stack:
        smiths = [stack.enter_context(closing(smithy.connect(door))) for _ in range(3)]
        packets = [smith("segment", ENDS, Craft(flags="A"), number, 0) for number, smith in enumerate(smiths)]
    assert packets == [packetsmith.make("segment", ENDS, Craft(flags="A"), number, 0) for number in range(3)]


def test_what_cannot_be_made_is_refused_as_it_is_here_and_the_next_one_is_made(door: socket.socket) -> None:
    with closing(smithy.connect(door)) as smith:
        packet = smith(*SYN_ACK)
        with pytest.raises(ValueError, match=r"no header of .* has a field 'colour'"):
            smith("rewrite", packet, {"colour": "red"})
        with pytest.raises(RuntimeError, match="TypeError"):
            smith("segment")
        assert smith(*SYN_ACK) == packet


def test_a_smithy_that_is_gone_is_no_riddle() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.close()
    with ours, pytest.raises(GroundError, match="the process that makes packets up is gone"):
        smithy.connect(ours)


def test_who_hired_a_smith_makes_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(craft, "_hired", [])
    assert not craft.is_hired()
    craft.hire(lambda name, *_: name.encode())
    assert craft.rewrite(b"", {}) == b"rewrite"
