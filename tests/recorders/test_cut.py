"""A recording that was cut, wherever, is read as far as it goes and known to be cut; rubbish is no reason to fall."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import notation
from harness.recorders import strace
from harness.recorders.recorded import Recorded

from .conftest import read, root_of

FIXTURE = (Path(__file__).parent / "fixtures" / "threads-and-children.txt").read_text()
"""A real recording: epoll, poll and select, a thread, a fork, an exec, a signal; unfinished and resumed calls."""

LAST_LINE = FIXTURE.rindex("\n", 0, -1) + 1
SPEED_LINES = 20_000


def test_the_whole_recording_is_complete() -> None:
    recorded = read(FIXTURE)
    assert (recorded.cut, recorded.strays) == (False, [])
    assert len(recorded.events) > 50


@settings(max_examples=150)
@given(st.integers(0, len(FIXTURE) - 3))
def test_a_truncated_recording_is_cut(length: int) -> None:
    recorded = strace.parse(FIXTURE[:length], who="client", root=root_of(FIXTURE))
    assert recorded.cut
    notation.parse(notation.format(recorded.events))


@settings(max_examples=200)
@given(st.integers(0, LAST_LINE - 1), st.integers(1, 400))
def test_a_recording_with_a_hole_never_raises(start: int, size: int) -> None:
    recorded = strace.parse(FIXTURE[:start] + FIXTURE[start + size :], who="client", root=root_of(FIXTURE))
    notation.parse(notation.format(recorded.events))


@settings(max_examples=100)
@given(st.integers(0, len(FIXTURE) - 1), st.text(max_size=20))
def test_a_recording_with_rubbish_in_it_never_raises(place: int, rubbish: str) -> None:
    recorded = strace.parse(FIXTURE[:place] + rubbish + FIXTURE[place:], who="client", root=root_of(FIXTURE))
    notation.parse(notation.format(recorded.events))


@pytest.mark.parametrize(
    "line",
    [
        "close(3) = 04",
        "close(3) = 0 <1.0000000000001>",
        f"close({'9' * 5000}) = 0",
        "clone9(child_stack=NULL) = 51",
        "<... close resumed>) = 0",
        "+++ exited",
    ],
    ids=range(6),
)
def test_a_line_that_strace_never_wrote_makes_a_cut_at_worst(line: str) -> None:
    ends = "50 3.0 +++ exited with 0 +++\n51 3.0 socket(AF_INET, SOCK_STREAM, 0) = 3\n"
    recorded = strace.parse(f"50 1.0 socket(AF_INET, SOCK_STREAM, 0) = 3\n50 2.0 {line}\n{ends}", who="client", root=50)
    assert recorded.cut == ("clone" not in line)
    assert [type(event).__name__ for event in recorded.events] == ["Socket", "Close"]


def test_nothing_at_all_is_cut() -> None:
    assert strace.parse("", who="client", root=1) == Recorded([], cut=True, strays=[])


def test_a_child_of_whom_there_is_no_line_is_missed() -> None:
    text = "50 1.0 clone(child_stack=NULL, flags=SIGCHLD) = 51 <0.1>\n50 2.0 +++ exited with 0 +++\n"
    assert strace.parse(text, who="client", root=50).cut
    assert not strace.parse(f"{text}51 3.0 +++ exited with 0 +++\n", who="client", root=50).cut


def test_a_line_of_the_program_that_makes_no_sense_is_told() -> None:
    text = "50 1.0 socket(AF_INET, SOCK_STREAM\n50 2.0 +++ exited with 0 +++\n"
    recorded = strace.parse(text, who="client", root=50)
    assert (recorded.cut, recorded.strays) == (True, ["socket(AF_INET, SOCK_STREAM"])


def test_speed_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    whole = FIXTURE.splitlines(keepends=True)
    body = [line for line in whole[:-1] if "exit" not in line and "+++" not in line and "clone" not in line]
    text = "".join(body * (SPEED_LINES // len(body) + 1))[:-1] + "\n" + whole[-1]
    begun = time.perf_counter()
    recorded = strace.parse(text, who="client", root=root_of(FIXTURE))
    took = time.perf_counter() - begun
    with capsys.disabled():
        print(f"\n{text.count(chr(10)) / took:,.0f} lines/s, {len(recorded.events) / took:,.0f} events/s")
    assert recorded.events
