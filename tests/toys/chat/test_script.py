"""What is to be said by itself is said in order, and at its time."""

from __future__ import annotations

import pytest

from toys.chat.script import Script


@pytest.fixture
def said() -> list[bytes]:
    return []


def test_steps_are_done_until_one_has_to_wait(said: list[bytes]) -> None:
    script = Script([("say", "one"), ("expect", "two"), ("say", "three")], said.append)
    script.go_on()
    assert said == [b"one\n"]
    script.hear("not yet")
    assert (said, script.is_over) == ([b"one\n"], False)
    script.hear("one, two")
    assert (said, script.is_over) == ([b"one\n", b"three\n"], True)


def test_what_came_early_counts_for_the_steps_that_expect_it_in_that_order(said: list[bytes]) -> None:
    script = Script([("expect", "a"), ("expect", "b"), ("say", "done")], said.append)
    for line in ("b", "a", "b"):
        assert said == []
        script.hear(line)
    assert said == [b"done\n"]


def test_a_line_counts_once(said: list[bytes]) -> None:
    script = Script([("expect", "x"), ("expect", "x"), ("say", "done")], said.append)
    script.hear("x x")
    assert said == []


@pytest.mark.parametrize(
    ("text", "raw"), [(r"a\x1b\n", b"a\x1b\n"), (r"\xff", b"\xff"), ("plain", b"plain"), (r"\r\n", b"\r\n")]
)
def test_bytes_are_sent_as_their_escapes_say(said: list[bytes], text: str, raw: bytes) -> None:
    Script([("send", text)], said.append).go_on()
    assert said == [raw]


def test_filling_goes_on_counting(said: list[bytes]) -> None:
    Script([("fill", "2"), ("fill", "1")], said.append).go_on()
    lines = b"".join(said).splitlines()
    assert [int(line[:5]) for line in lines] == [0, 1, 2]
    assert {len(line) for line in lines} == {99}
