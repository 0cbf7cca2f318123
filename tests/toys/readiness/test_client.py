"""The client against a server of its own kind, and against nobody."""

from __future__ import annotations

import pytest

from tests.toys.readiness.conftest import Stage


def test_a_connection_is_told_in_its_order(stage: Stage) -> None:
    _, said = stage.client(stage.serve(echo=True), send=b"hello", until="input")
    stage.loop.run()
    assert said == [
        "queued 5", "connecting", "writable client", "connected", "readable client", "received hello", "closed client",
        "closed",
    ]  # fmt: skip


def test_nothing_is_told_of_the_outcome_before_the_poller_was_asked(stage: Stage) -> None:
    _, said = stage.client(stage.serve(), until="connected")
    assert said == ["queued 0", "connecting"]
    stage.loop.run()
    assert said[2:4] == ["writable client", "connected"]


def test_a_closed_port_makes_it_writable_and_so_error_says_why(
    stage: Stage, closed_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    client, said = stage.client(closed_port, send=b"hello")
    stage.loop.run()
    assert said[1:] == ["connecting", "writable client", "error", "failed ECONNREFUSED"]
    assert client.failed
    assert capsys.readouterr().err == "Connection refused\n"


def test_an_address_that_connect_refuses_at_once_is_never_watched(stage: Stage) -> None:
    client, said = stage.client(9, host="fe80::1")  # a link-local address without its link
    assert said[1:] == ["connecting", "error", "failed EINVAL"]
    assert client.watcher is None


@pytest.mark.parametrize(
    ("until", "last_word"),
    [("connected", "connected"), ("sent", "connected"), ("input", "received hello"), ("eof", "ended client")],
)
def test_it_closes_at_the_moment_that_was_asked_for(stage: Stage, until: str, last_word: str) -> None:
    port = stage.serve(send=b"hello")
    _, said = stage.client(port, send=b"x", until=until)
    stage.server.answer = lambda stream, data: stream.close()  # type: ignore[method-assign]
    stage.loop.run()
    assert said[said.index("closed client") - 1] == last_word


def test_room_is_waited_for_only_until_the_outcome_is_known(stage: Stage) -> None:
    from toys.loop import RDHUP, READ, WRITE

    client, said = stage.client(stage.serve())
    assert client.watcher is not None
    assert client.watcher.interest == WRITE
    while "connected" not in said:
        stage.loop.turn()
    assert client.watcher.interest == READ | RDHUP


def test_fast_open_delivers_its_data_once_whether_or_not_there_is_a_cookie(stage: Stage) -> None:
    port = stage.serve(echo=True, fast_open=8, connections=2)
    for _ in range(2):
        _, said = stage.client(port, send=b"hello", fast_open=True, until="input")
        while said[-1] != "closed":
            stage.loop.turn()
        assert said.count("received hello") == 1
    stage.loop.run()
    assert [line for line in stage.said if line.startswith("received")] == ["received hello"] * 2


def test_what_does_not_fit_into_the_kernel_is_sent_when_there_is_room(stage: Stage) -> None:
    stage.said.clear()
    port = stage.serve()
    _, said = stage.client(port, send=bytes(4_000_000), until="sent")
    stage.loop.run()
    assert said[-2:] == ["closed client", "closed"]
    arrived = sum(len(line) - len("received ") for line in stage.said if line.startswith("received "))
    assert arrived == 4_000_000
