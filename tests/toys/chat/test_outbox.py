"""What is put in comes out in order, whatever is taken at a time."""

from __future__ import annotations

import pytest

from toys.chat.outbox import MOST_PIECES, Outbox


def taken_by(outbox: Outbox, step: int) -> bytes:
    """All of it, at most `step` bytes at a time."""
    out = b""
    while outbox:
        piece = b"".join(outbox.next())[:step]
        outbox.took(len(piece))
        out += piece
    return out


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_bytes_leave_in_the_order_in_which_they_came(step: int) -> None:
    outbox = Outbox(1000)
    for piece in (b"one", b"", b"two", b"three"):
        outbox.put(piece)
    assert taken_by(outbox, step) == b"onetwothree"
    assert outbox.size == 0


def test_what_comes_between_two_writes_is_behind_what_waits() -> None:
    outbox = Outbox(1000)
    outbox.put(b"abcdef")
    outbox.took(4)
    outbox.put(b"gh")
    assert b"".join(outbox.next()) == b"efgh"


def test_it_is_over_its_limit_by_one_byte_and_not_before() -> None:
    outbox = Outbox(10)
    outbox.put(b"x" * 10)
    assert not outbox.is_over
    outbox.put(b"x")
    assert outbox.is_over


def test_one_write_gets_no_more_pieces_than_the_kernel_takes() -> None:
    outbox = Outbox(1000)
    for _ in range(MOST_PIECES + 10):
        outbox.put(b"x")
    assert len(outbox.next()) == MOST_PIECES
    assert taken_by(outbox, 1000) == b"x" * (MOST_PIECES + 10)


def test_a_piece_is_shared_and_not_copied() -> None:
    piece = b"x" * 100
    one, other = Outbox(1000), Outbox(1000)
    one.put(piece)
    other.put(piece)
    assert one.next()[0] is piece is other.next()[0]
