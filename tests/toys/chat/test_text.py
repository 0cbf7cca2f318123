"""Bytes become lines however they are cut, and nothing in a line moves a terminal."""

from __future__ import annotations

from unicodedata import category

import pytest

from toys.chat.text import LONGEST, Splitter, clean


@pytest.mark.parametrize("cut", range(1, 12))
def test_lines_are_the_same_however_they_are_cut(cut: int) -> None:
    data = b"one\r\ntwo\n\nthr\ree\n"
    splitter = Splitter()
    pieces = [data[start : start + cut] for start in range(0, len(data), cut)]
    assert [line for piece in pieces for line in splitter.feed(piece)] == [b"one", b"two", b"", b"thr\ree"]


def test_half_a_line_waits_for_its_rest() -> None:
    splitter = Splitter()
    assert splitter.feed(b"hel") == []
    assert splitter.feed(b"lo\nwor") == [b"hello"]
    assert splitter.rest() == b"wor"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_longest_line_is_whole_and_a_longer_one_is_known_by_its_length(end: bytes) -> None:
    splitter = Splitter()
    [longest, longer] = splitter.feed(b"x" * LONGEST + end + b"x" * (LONGEST + 1) + end)
    assert (len(longest), splitter.is_too_long(longest), splitter.is_too_long(longer)) == (LONGEST, False, True)


def test_a_line_without_an_end_is_not_kept_beyond_the_limit() -> None:
    splitter = Splitter()
    for _ in range(1000):
        assert splitter.feed(b"x" * 65_536) == []
    [line] = splitter.feed(b"\n")
    assert splitter.is_too_long(line)
    assert len(line) < LONGEST + 8


def test_a_plain_line_is_not_even_copied() -> None:
    line = b"Hello everyone! ~"
    assert clean(line) is line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[31mred", "\N{SYMBOL FOR ESCAPE}[31mred"),
        (b"bell\x07 and\x00nul", "bell\N{SYMBOL FOR BELL} and\N{SYMBOL FOR NULL}nul"),
        (b"back\x08\x7f", "back\N{SYMBOL FOR BACKSPACE}\N{SYMBOL FOR DELETE}"),
        (b"a\tb\rc", "a b\N{SYMBOL FOR CARRIAGE RETURN}c"),
        ("grüße 🦊".encode(), "grüße 🦊"),
        (b"\xff\xfe binary \x80", "\ufffd\ufffd binary \ufffd"),
        ("\x9b31m C1".encode(), "\ufffd31m C1"),
        ("\u202egnp.exe".encode(), "\ufffdgnp.exe"),
        (b"\xe2\x80", "\ufffd"),
    ],
)
def test_what_does_not_belong_on_a_terminal_is_shown_and_not_obeyed(raw: bytes, shown: str) -> None:
    assert clean(raw).decode() == shown


def test_whatever_bytes_come_a_clean_line_is_utf_8_without_control_characters() -> None:
    for first in range(256):
        for second in (0, 0x1B, 0x41, 0x85, 0xBF, 0xFF):
            text = clean(bytes((first, second)).replace(b"\n", b"")).decode()
            assert all(category(letter) not in ("Cc", "Zl", "Zp") for letter in text), (first, second)
