"""A journal is read as far as it makes sense, and never believed further."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.events import Callback, Fact, State
from harness.recorders import journal
from harness.recorders.recorded import Recorded

LINES = [
    {"at_ns": 1, "event": "state", "old": "idle", "new": "connecting"},
    {"at_ns": 2, "event": "fact", "name": "local", "text": "10.0.0.1:40000"},
    {"at_ns": 2, "event": "callback", "name": "connectionEstablished", "args": ""},
]
WHOLE = "".join(f"{json.dumps(line)}\n" for line in LINES).encode()


def test_each_line_is_an_event_with_its_place() -> None:
    assert journal.parse(WHOLE, who="client").events == [
        State(at_ns=1, who="client", source="journal:1", old="idle", new="connecting"),
        Fact(at_ns=2, who="client", source="journal:2", name="local", text="10.0.0.1:40000"),
        Callback(at_ns=2, who="client", source="journal:3", name="connectionEstablished"),
    ]
    assert not journal.parse(WHOLE, who="client").cut


def test_no_journal_is_not_a_cut_one() -> None:
    assert journal.parse(b"", who="client") == Recorded([], cut=False, strays=[])


def test_a_last_line_without_its_end_is_a_cut() -> None:
    recorded = journal.parse(WHOLE[:-5], who="client")
    assert (len(recorded.events), recorded.cut) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        b"[]", b"7", b"{}", b"nonsense", b"\xff\xfe", b'{"at_ns": 1}', b"[" * 100_000,
        b'{"at_ns": 1, "event": "state", "old": "a b", "new": "c"}',
        b'{"at_ns": 1, "event": "state", "old": "a", "new": 7}',
        b'{"at_ns": -1, "event": "fact", "name": "x", "text": ""}',
        b'{"at_ns": 1.5, "event": "fact", "name": "x", "text": ""}',
        b'{"at_ns": true, "event": "fact", "name": "x", "text": ""}',
        b'{"at_ns": 1e999, "event": "fact", "name": "x", "text": ""}',
        b'{"at_ns": 1, "event": "exit", "name": "x", "text": ""}',
        b'{"at_ns": 1, "event": ["fact"], "name": "x", "text": ""}',
    ],
    ids=range(15),
)  # fmt: skip
def test_a_line_that_is_no_event_is_told_and_makes_a_cut(line: bytes) -> None:
    recorded = journal.parse(line + b"\n" + WHOLE, who="client")
    assert (len(recorded.events), recorded.cut, len(recorded.strays)) == (3, True, 1)


def test_half_a_surrogate_pair_can_be_written_again() -> None:
    line = b'{"at_ns": 1, "event": "fact", "name": "received", "text": "\\ud800"}\n'
    [event] = journal.parse(line, who="client").events
    assert isinstance(event, Fact)
    assert event.text.encode() == b"\\ud800"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(raw: bytes) -> None:
    journal.parse(raw, who="client")


@given(st.integers(0, len(WHOLE) - 1))
def test_a_truncated_journal_is_cut_unless_it_ends_with_a_line(length: int) -> None:
    assert journal.parse(WHOLE[:length], who="client").cut == (length > 0 and WHOLE[length - 1 : length] != b"\n")
