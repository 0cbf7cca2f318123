"""Cases come from the shelf where their file has not changed, and are the same as from the loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import expand, kept, load
from harness.errors import InputError, UsageError

Write = Callable[..., Path]


pytestmark = pytest.mark.usefixtures("empty_shelf")


def test_kept_cases_are_those_of_the_loader_and_need_it_no_more(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = expand.cases(load.load(sample))
    assert kept.cases_in([sample]) == made
    monkeypatch.setattr(load, "load_all", None)
    assert kept.cases_in([sample]) == made


def test_an_entry_that_was_spoilt_is_made_anew(sample: Path, tmp_path: Path) -> None:
    made = kept.cases_in([sample])
    [entry] = (tmp_path / "cache").glob("toylab/*/cases-*")
    whole = entry.read_bytes()
    for spoilt in (whole[:100], b"", b"\0" * 50, b"[{}]"):
        entry.write_bytes(spoilt)
        assert kept.cases_in([sample]) == made
        assert entry.read_bytes() == whole


def test_a_file_that_changed_is_read_again(small: str, write: Write) -> None:
    file = write(small)
    [before] = kept.cases_in([file])
    file.write_text(small + "deadline: 2s\n")
    [after] = kept.cases_in([file])
    assert (before.deadline_ms, after.deadline_ms) == (10_000, 2_000)


def test_another_subject_makes_other_cases(small: str, write: Write) -> None:
    file = write(small)
    [ours], [theirs] = kept.cases_in([file]), kept.cases_in([file], "nc {host} {port}")
    assert (ours.subject.argv[0], theirs.subject.argv[0]) == ("toy9", "nc")
    with pytest.raises(UsageError, match="nothing to put in"):
        kept.cases_in([file], "nc {hots}")


def test_a_mistake_is_told_each_time(small: str, write: Write) -> None:
    file = write(small.replace("why:", "wyh:"))
    for _ in range(2):
        with pytest.raises(InputError, match="'wyh' is not known here"):
            kept.cases_in([file])


def test_two_files_with_one_name_are_told_apart_although_each_is_kept(small: str, write: Write) -> None:
    Path("other").mkdir()
    files = [write(small), write(small, "other/small.toylab.yaml")]
    for file in files:
        kept.cases_in([file])
    with pytest.raises(InputError, match="there is another scenario 'small'"):
        kept.cases_in(files)


def test_a_file_that_is_named_twice_is_run_once(small: str, write: Write) -> None:
    file = write(small)
    assert len(kept.cases_in([file, file])) == 1
