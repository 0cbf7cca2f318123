"""Once a stream is full, how it was cut, sent again and waited for is the kernel's affair, and is forgotten."""

from __future__ import annotations

from tests.judge.conftest import form

FULL = "server  send(sock1, 1554) = 1000\n"
HELD = """\
wire    server:9 > client:40000  PA 500 frame={0}
lab     fault rule 1 hold until exit other frame {0}
"""
STRAY = "wire    client:40000 > server:9  R frame={0}\nwire    client:40000 >> server:9  R frame={0}\n"


def test_how_often_a_full_stream_is_sent_again_does_not_show_not_even_in_what_a_rule_did_to_it() -> None:
    assert form(FULL + HELD.format(1)) == form(FULL + HELD.format(1) + HELD.format(2))
    assert form(HELD.format(1)) != form(HELD.format(1) + HELD.format(2))


ROOM = """\
client  watch(sock2, IN|OUT) = 0
client  ready(sock2) = OUT
client  watch(sock2, IN) = 0
"""
PIECE = "client  ready(sock2) = IN\n"


def test_how_often_there_was_room_or_a_piece_of_a_full_stream_does_not_show() -> None:
    begun = FULL + "client  watch(sock2, IN) = 0\n"
    assert form(begun + ROOM + PIECE) == form(begun + PIECE + ROOM + ROOM) == form(begun)
    assert form(begun) != form(begun.replace(" IN)", " IN|RDHUP)"))
    assert form(begun + PIECE.replace("IN", "IN|HUP")) != form(begun)


def test_a_socket_that_is_watched_for_something_else_or_again_shows() -> None:
    begun = FULL + "client  watch(sock2, IN) = 0\n"
    assert form(begun + "client  watch(sock2, 0) = 0\n") != form(begun)
    again = "client  unwatch(sock2) = 0\nclient  watch(sock2, IN) = 0\n"
    assert form(begun + again) != form(begun + again.splitlines(keepends=True)[0])


def test_where_no_stream_is_full_all_of_it_shows() -> None:
    begun = "client  watch(sock2, IN) = 0\n"
    assert form(begun + ROOM) != form(begun)
    assert form(begun + PIECE) != form(begun)


def test_of_the_resets_for_its_strays_only_the_first_shows() -> None:
    assert form(FULL + STRAY.format(1)) == form(FULL + STRAY.format(1) + STRAY.format(2))
    assert form(FULL + STRAY.format(1)) != form(FULL)
    assert form(STRAY.format(1)) != form(STRAY.format(1) + STRAY.format(2))
