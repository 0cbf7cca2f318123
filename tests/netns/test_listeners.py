"""Kernel peers: each script does what it says, one thing at a time, and nothing that a peer does raises."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from netns.errors import GroundError
from netns.listeners import Listeners
from netns.log import PeerDid, PeerIs
from netns.plan import Listener, Plan

Make = Callable[..., Listeners]


def here(ground: Any, host: str, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    return socket.socket(family, kind)


@pytest.fixture
def listening() -> Iterator[Make]:
    made: list[Listeners] = []

    def make(script: str, **fields: Any) -> Listeners:
        plan = Plan(listeners=(Listener(on="server", port=0, script=script, **fields),))  # type: ignore[arg-type]
        made.append(Listeners(plan, SimpleNamespace(hosts={}), open_socket=here))
        return made[-1]

    yield make
    for one in made:
        one.close()


def called(listeners: Listeners) -> socket.socket:
    port = int(next(e.detail for e in listeners.log if isinstance(e, PeerDid)).rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port))


def play(listeners: Listeners, until: str = "") -> list[tuple[str, str]]:
    """Lets it act until it says `until`, or until it has nothing to do; what was done since listening."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        poller = select.poll()
        for descriptor, mask in listeners.wants().items():
            poller.register(descriptor, mask)
        if not listeners.act(dict(poller.poll(0 if not until else 50)), time.time_ns()) and not until:
            break
        if until in [entry.action for entry in listeners.log if isinstance(entry, PeerDid)]:
            break
    return [
        (e.action, e.detail)
        for e in listeners.log
        if isinstance(e, PeerDid) and e.action not in ("listening", "accepted")
    ]


def test_echo_sends_back_what_came_and_closes_after_the_end(listening: Make) -> None:
    listeners = listening("echo")
    with called(listeners) as caller:
        caller.sendall(b"hello")
        play(listeners, "sent")
        assert caller.recv(9) == b"hello"
        caller.shutdown(socket.SHUT_WR)
        assert play(listeners, "closed") == [("received", "hello"), ("sent", "hello"), ("eof", ""), ("closed", "")]
        assert caller.recv(9) == b""


def test_a_banner_comes_before_anything_is_said(listening: Make) -> None:
    listeners = listening("banner", text="220 ready")
    with called(listeners) as caller:
        assert play(listeners, "sent") == [("sent", "220 ready")]
        assert caller.recv(99) == b"220 ready"


def test_half_close_ends_its_own_side_and_reads_on(listening: Make) -> None:
    listeners = listening("half-close", text="bye")
    with called(listeners) as caller:
        play(listeners, "shut")
        assert caller.recv(9) + caller.recv(9) == b"bye"
        caller.sendall(b"late")
        assert play(listeners, "received")[-1] == ("received", "late")


def test_what_sends_a_packet_is_told_with_a_time_from_before_it(
    listening: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would be a race whether the packet or the word of it comes first in the trace."""
    acted: list[tuple[socket.socket, str, int]] = []

    def note(method: str, action: str) -> None:
        real = getattr(socket.socket, method)

        def noted(self: socket.socket, *given: Any) -> Any:
            acted.append((self, action, time.time_ns()))
            return real(self, *given)

        monkeypatch.setattr(socket.socket, method, noted)

    listeners = listening("half-close", text="goodbye")
    with called(listeners) as client:
        for method, action in (("send", "sent"), ("shutdown", "shut"), ("close", "closed")):
            note(method, action)
        play(listeners, "shut")
        client.shutdown(socket.SHUT_WR)
        play(listeners, "closed")
        begun = {action: at_ns for who, action, at_ns in acted if who is not client}
    told = {e.action: e.at_ns for e in listeners.log if isinstance(e, PeerDid) and e.action in begun}
    assert list(told) == ["sent", "shut", "closed"]
    assert all(told[action] <= begun[action] for action in told)


def test_close_closes_and_reset_resets(listening: Make) -> None:
    listeners = listening("close")
    with called(listeners) as caller:
        play(listeners, "closed")
        assert caller.recv(9) == b""
    listeners = listening("reset")
    with called(listeners) as caller:
        play(listeners, "closed")
        with pytest.raises(ConnectionResetError):
            caller.recv(9)


def test_silent_and_sink_hear_everything_and_say_nothing(listening: Make) -> None:
    for script in ("silent", "sink"):
        listeners = listening(script)
        with called(listeners) as caller:
            caller.sendall(b"hello")
            assert play(listeners, "received") == [("received", "hello")]


def test_no_accept_leaves_its_callers_waiting(listening: Make) -> None:
    listeners = listening("no-accept")
    with called(listeners):
        assert play(listeners) == []
        assert listeners.wants() == {}


def test_a_peer_that_resets_is_told_and_closed(listening: Make) -> None:
    listeners = listening("echo")
    with called(listeners) as caller:
        play(listeners, "accepted")
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert play(listeners, "closed") == [("reset", ""), ("closed", "")]


def test_a_slow_reader_reads_its_rate_and_then_waits_a_second(listening: Make) -> None:
    listeners = listening("slow", rate=3)
    with called(listeners) as caller:
        caller.sendall(b"hello")
        assert play(listeners, "received") == [("received", "hel")]
        due_ns = listeners.due_ns()
        assert due_ns is not None
        assert due_ns > time.time_ns() + 500_000_000
        assert play(listeners) == [("received", "hel")]
        assert not listeners.act({}, due_ns), "its turn has come, and the poller has not said yet that there is more"
        assert play(listeners)[1:] == [("received", "lo")]


def test_readiness_is_told_when_it_changes(listening: Make) -> None:
    listeners = listening("silent")
    listeners.sample(1)
    with called(listeners):
        listeners.sample(2)
        listeners.sample(3)
    assert [(e.at_ns, e.name, e.mask) for e in listeners.log if isinstance(e, PeerIs)] == [(2, "listener", "IN")]


def test_an_option_that_cannot_be_had_is_named(listening: Make) -> None:
    with pytest.raises(GroundError, match="SO_NO_SUCH"):
        listening("echo", options={"SO_NO_SUCH": 1})
