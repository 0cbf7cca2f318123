"""Every mistake is told at its place, in plain words, with what would have been right.

The files under `mistakes` are tables of mistakes: a title, what is taken out of the sample file (`- `), what is put
there instead (`+ `), and all that is said then, without the file's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.errors import InputError
from harness.load import load

TABLES = sorted((Path(__file__).parent / "mistakes").glob("*.txt"))


class Mistake(NamedTuple):
    """A change to the sample, and what is said of it."""

    title: str
    edits: list[tuple[str, str]]
    said: str


def _mistakes(table: Path) -> Iterator[Mistake]:
    for entry in ("\n" + table.read_text(encoding="utf-8")).split("\n== ")[1:]:
        title, *lines = entry.rstrip("\n").split("\n")
        edits: list[tuple[list[str], list[str]]] = []
        said: list[str] = []
        for line in lines:
            _sort(line, edits, said)
        yield Mistake(title, [("\n".join(old), "\n".join(new)) for old, new in edits], "\n".join(said))


def _sort(line: str, edits: list[tuple[list[str], list[str]]], said: list[str]) -> None:
    if line.startswith("- "):
        if not edits or edits[-1][1]:
            edits.append(([], []))
        edits[-1][0].append(line[2:])
    elif line.startswith("+ "):
        edits[-1][1].append(line[2:])
    else:
        said.append(line)


MISTAKES = [
    pytest.param(mistake, id=f"{table.stem}: {mistake.title}") for table in TABLES for mistake in _mistakes(table)
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_place(mistake: Mistake, sample: Path, complaint: Callable[..., str]) -> None:
    text = sample.read_text(encoding="utf-8")
    for old, new in mistake.edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    assert complaint(text, sample.name).replace(f"{sample.name}:", "") == mistake.said


def test_there_are_more_than_two_hundred_mistakes() -> None:
    assert len(MISTAKES) > 200


def test_a_problem_names_file_line_and_column_and_points_with_a_caret(write: Callable[..., Path], small: str) -> None:
    path = write(small + "deadlin: 5s\n")
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(caught.value) == (
        "small.toylab.yaml:5:1: 'deadlin' is not known here; did you mean 'deadline'?\n    5 | deadlin: 5s\n        ^"
    )


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if "many" in str(m.id)])
def test_all_mistakes_of_a_file_are_told_at_once(mistake: Mistake) -> None:
    assert mistake.said.count("^") == 4
