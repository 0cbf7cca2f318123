"""From files to scenarios: finding, naming and loading them, and another subject for their cases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import InputError, UsageError
from harness.expand import cases
from harness.load import find, load, load_all, name_of

Write = Callable[..., Path]


def test_another_subject_can_take_the_place_of_the_file_s_own(sample: Path) -> None:
    first = cases(load(sample), subject="python 'my client.py' {host}:{port} {family} {poller}")[0]
    assert first.subject.argv == ("python", "my client.py", "10.0.0.2:9", "ipv4", "epoll")
    assert first.subject.environment == {"LANG": "C", "PORT": "9"}
    assert first.programs == cases(load(sample))[0].programs


@pytest.mark.parametrize("command", ["client {hots}", "client 'unclosed", "  "])
def test_a_subject_from_outside_is_judged_by_itself(command: str, sample: Path) -> None:
    with pytest.raises(UsageError) as caught:
        cases(load(sample), subject=command)
    assert not isinstance(caught.value, InputError)


def test_files_are_found_by_spec_and_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "note.md", "scenario.schema.json"):
        (tmp_path / "toy9").mkdir(exist_ok=True)
        (tmp_path / "toy9" / name).touch()
    assert [path.name for path in find(tmp_path, "toy9")] == ["a.yaml", "b.yaml"]
    assert find(tmp_path, "toy8") == []


@pytest.mark.parametrize("name", ["a-b.yaml", "a-b.toylab.yaml", "a-b.yml", "a-b"])
def test_a_file_s_name_is_its_name_without_the_suffix(name: str) -> None:
    assert name_of(Path("dir") / name) == "a-b"


def test_all_mistakes_of_all_files_are_told_together(write: Write, small: str) -> None:
    good = write(small)
    bad, worse = write("a: 1\n", "bad.yaml"), write(small + "tagz: []\n", "worse.yaml")
    with pytest.raises(InputError) as caught:
        load_all([bad, good, worse, Path("none.yaml"), Path()])
    assert [problem.file for problem in caught.value.problems] == [*["bad.yaml"] * 5, "worse.yaml", "none.yaml", "."]
    assert "none.yaml:1:1: the file cannot be read: No such file or directory" in str(caught.value)


def test_two_scenarios_of_one_name_are_refused(write: Write, small: str) -> None:
    Path("other").mkdir()
    with pytest.raises(
        InputError, match=r"other/small\.toylab\.yaml:1:11: there is another scenario 'small'; it is in"
    ):
        load_all([write(small), write(small, "other/small.toylab.yaml")])


def test_a_name_that_is_no_name_of_a_file_is_a_problem_of_input() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(Path("a\0b.yaml"))


def test_cases_can_be_used_without_the_validator() -> None:
    probe = "import sys, harness.case, netns.plan; sys.exit('pydantic' in sys.modules or 'yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False, timeout=30).returncode == 0
