"""What one writes is read by all others: once, in order, and not by itself."""

from __future__ import annotations

import pytest

from tests.toys.chat.conftest import House


def test_a_newcomer_is_greeted_and_announced_to_the_others(house: House) -> None:
    [anna] = house.enter(1)
    berta = house.call()
    house.settle()
    assert berta.heard() == b"* welcome, Client 6; 2 here; /nick, /list, /quit, /help\n"
    assert anna.heard() == b"* Client 6 joined\n"


def test_a_line_reaches_all_others_and_not_its_sender(house: House) -> None:
    anna, berta, carla = house.enter(3)
    anna.send(b"Hello everyone!\n")
    house.settle()
    assert [caller.heard() for caller in (anna, berta, carla)] == [b"", *[b"[Client 5] Hello everyone!\n"] * 2]


def test_lines_of_one_turn_come_with_one_write_and_without_ones_own(house: House) -> None:
    anna, berta, carla = house.enter(3)
    anna.send(b"a1\na2\n")
    berta.send(b"b1\n")
    house.settle()
    a, b = b"[Client 5] a1\n[Client 5] a2\n", b"[Client 6] b1\n"
    assert (anna.heard(), berta.heard()) == (b, a)
    assert carla.heard() in (a + b, b + a)


def test_half_a_line_is_not_passed_on(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"hel")
    house.settle()
    assert berta.heard() == b""
    anna.send(b"lo\n")
    house.settle()
    assert berta.heard() == b"[Client 5] hello\n"


def test_a_line_whose_end_is_the_end_of_input_is_said(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"last words")
    anna.close()
    house.settle()
    assert berta.heard() == b"[Client 5] last words\n* Client 5 left\n"


def test_an_empty_line_says_nothing(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"\n\r\n")
    house.settle()
    assert berta.heard() == b""


def test_control_characters_of_one_terminal_do_not_reach_another(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"\x1b]0;owned\x07 hi\xff\r\n")
    house.settle()
    assert berta.heard().decode() == "[Client 5] ␛]0;owned␇ hi\ufffd\n"


def test_a_line_that_is_too_long_is_dropped_and_its_sender_is_told(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"x" * 5000 + b"\nshort\n")
    house.settle()
    assert berta.heard() == b"[Client 5] short\n"
    assert anna.heard() == b"* this line was dropped: more than 1024 bytes\n"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"/nick anna\n", b"* you are anna now\n"),
        (b"/nick 5\n", b"* a name has 1 to 20 of the letters A to Z, digits, - and _, and begins with a letter\n"),
        (b"/nick\n", b"* a name has 1 to 20 of the letters A to Z, digits, - and _, and begins with a letter\n"),
        (b"/list\r\n", b"* 2 here: Client 5, Client 6\n"),
        (b"/LIST\n", b"* there is no /LIST; /nick NAME"),
        (b"/\n", b"* there is no /; /nick NAME"),
    ],
)
def test_a_command_is_answered_to_the_one_who_gave_it(house: House, line: bytes, answer: bytes) -> None:
    anna, _ = house.enter(2)
    anna.send(line)
    house.settle()
    assert anna.heard().startswith(answer)


def test_a_new_name_is_told_to_the_others_and_used_from_then_on(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"before\n/nick anna\nafter\n")
    house.settle()
    assert berta.heard() == b"[Client 5] before\n* Client 5 is now anna\n[anna] after\n"


def test_a_name_is_had_by_one_only_until_it_leaves(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"/nick anna\n")
    house.settle()
    berta.send(b"/nick Anna\n")
    house.settle()
    assert berta.heard() == b"* Client 5 is now anna\n* Anna is taken\n"
    anna.heard()  # closing with unread input would be a reset
    anna.close()
    house.settle()
    berta.send(b"/nick Anna\n")
    house.settle()
    assert berta.heard() == b"* anna left\n* you are Anna now\n"


def test_two_slashes_say_what_begins_with_one(house: House) -> None:
    anna, berta = house.enter(2)
    anna.send(b"//quit is a command\n")
    house.settle()
    assert berta.heard() == b"[Client 5] /quit is a command\n"


def test_nothing_said_before_is_told_to_a_newcomer_and_everything_after(house: House) -> None:
    [anna] = house.enter(1)
    anna.send(b"before\n")
    house.settle()
    berta = house.call()
    house.settle()
    anna.send(b"after\n")
    house.settle()
    assert berta.heard().endswith(b"/help\n[Client 5] after\n")


def test_a_list_of_many_names_takes_lines_of_a_bearable_length(house: House) -> None:
    callers = house.enter(40)
    callers[0].send(b"/list\n")
    house.settle()
    lines = callers[0].heard().decode().splitlines()[-3:]
    assert lines[0].startswith("* 40 here: Client 5, Client 6")
    assert all(line.startswith("* ") and len(line) < 200 for line in lines)
