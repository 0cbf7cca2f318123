"""Messages between processes arrive whole, with their descriptors, and end when nobody is left to send."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from harness.runner import channel

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = channel.pair()
    with ours, theirs:
        yield ours, theirs


def test_a_small_message_arrives_as_it_was_sent(ends: Ends) -> None:
    ours, theirs = ends
    channel.send(ours, {"argv": ["toy9", "connect"], "n": 3})
    assert channel.receive(theirs) == ({"argv": ["toy9", "connect"], "n": 3}, [])


def test_a_message_larger_than_a_packet_arrives_whole(ends: Ends) -> None:
    ours, theirs = ends
    large = {"text": "é" * 1_000_000}
    channel.send(ours, large)
    assert channel.receive(theirs) == (large, [])


def test_descriptors_travel_with_the_message_in_their_order(ends: Ends) -> None:
    ours, theirs = ends
    read, write = os.pipe()
    channel.send(ours, {"text": "x" * 100_000}, (read, write))
    received = channel.receive(theirs)
    assert received is not None
    os.write(received[1][1], b"through")
    assert os.read(received[1][0], 10) == b"through"
    for descriptor in (read, write, *received[1]):
        os.close(descriptor)


def test_the_end_of_the_sender_is_the_end_of_the_channel(ends: Ends) -> None:
    ours, theirs = ends
    channel.send(ours, {"last": True})
    ours.close()
    assert channel.receive(theirs) == ({"last": True}, [])
    assert channel.receive(theirs) is None


def test_each_of_several_readers_gets_whole_messages(ends: Ends) -> None:
    ours, theirs = ends
    got: list[int] = []

    def read() -> None:
        while (received := channel.receive(theirs)) is not None:
            got.append(received[0]["n"])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(300):
        channel.send(ours, {"n": number, "room": "x" * (number * 300)})
    ours.close()
    for reader in readers:
        reader.join()
    assert sorted(got) == list(range(300))
