"""A run replaces its directory as a whole, so it refuses to begin where something of the user's own would be lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from tests.door.test_commands import toylab
from toylab import places


def case_in(place: Path, *more: str) -> tuple[int, str]:
    done = toylab("run", "toy9", "refused", "-k", "ipv4-select", "--no-report", *more, cwd=place)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_directory_with_other_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "project" / "notes").mkdir(parents=True)
    (tmp_path / "project" / "notes" / "precious.txt").write_text("mine")
    status, said = case_in(tmp_path, "-o", "project")
    assert (status, "holds something that is no run" in said) == (2, True)
    assert (tmp_path / "project" / "notes" / "precious.txt").read_text() == "mine"
    assert os.listdir(tmp_path) == ["project"]


def test_a_file_in_the_place_of_the_directory_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    assert case_in(tmp_path, "-o", "taken")[0] == 2
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("output", [".", ".."])
def test_where_the_user_stands_is_not_replaced(output: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    status, said = case_in(tmp_path / "here", "-o", output)
    assert (status, "is where you are" in said) == (2, True)
    assert (tmp_path / "here").is_dir()


def test_an_older_run_is_replaced(tmp_path: Path) -> None:
    assert case_in(tmp_path, "-o", "run")[0] == 0
    (tmp_path / "run" / "run.json").write_text("{}")
    assert case_in(tmp_path, "-o", "run")[0] == 0
    assert '"cases"' in (tmp_path / "run" / "run.json").read_text()
    assert os.listdir(tmp_path) == ["run"]


def test_a_directory_may_be_named_with_any_bytes(tmp_path: Path) -> None:
    assert case_in(tmp_path, "-o", "Pr\udcfcfung")[0] == 0
    assert os.listdir(os.fsencode(tmp_path)) == [b"Pr\xfcfung"]
    assert (tmp_path / "Pr\udcfcfung" / "cases" / "refused" / "ipv4-select" / "trace.jsonl").is_file()


def test_an_empty_directory_and_one_that_is_not_yet_there_will_do(tmp_path: Path) -> None:
    places.check_directory(tmp_path / "empty" / "not" / "yet")
    (tmp_path / "empty").mkdir()
    places.check_directory(tmp_path / "empty")


def test_a_place_below_a_file_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for check in (places.check_directory, places.check_file):
        with pytest.raises(UsageError, match="cannot be written"):
            check(tmp_path / "file" / "below")
    with pytest.raises(UsageError, match="is a directory"):
        places.check_file(tmp_path)


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    """Root may write to /proc and is refused when it does, which nobody can know before; others are told at once."""
    status, said = case_in(tmp_path, "-o", "/proc/nowhere/run")
    assert status == (4 if os.access("/proc", os.W_OK) else 2)
    assert said.startswith("toylab: ")
