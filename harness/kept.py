"""The cases of scenario files, from the shelf where a file has not changed since they were last made.

Validating a file takes twenty times as long as reading its cases back, and imports the validator; a run of files that
were checked before needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.json import decode, encode

from harness.case import Case
from harness.errors import UsageError
from harness.plain import plain
from netns import shelf

SHELF = "cases"


def cases_in(files: Iterable[Path], subject: str = "") -> list[Case]:
    """The cases of all files, in their order. `subject` is a command to run in place of the scenarios' own.

    Raises InputError with every mistake of every file, and UsageError for a `subject` that is no command or whatever
    is no UTF-8.
    """
    files = list(files)
    _must_be_text([subject, *map(str, files)])
    kept = {path: _kept(path, subject) for path in files}
    fresh = [path for path, cases in kept.items() if cases is None]
    made = {path: cases for path, cases in kept.items() if cases is not None} | _made(fresh, subject)
    if _has_twins(made.values()):
        _made(list(kept), subject)
    return [case for path in kept for case in made[path]]


def _must_be_text(given: Iterable[str]) -> None:
    """Cases and their results are JSON, where Python's stand-ins for other bytes (PEP 383) have no place."""
    for text in given:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{plain(text)} is no UTF-8, which names of files and commands must be here") from None


def _has_twins(listed: Iterable[list[Case]]) -> bool:
    """Whether two files have a scenario of the same name; the loader, who sees them all, says where."""
    names = [(cases[0].spec, cases[0].scenario) for cases in listed if cases]
    return len(set(names)) < len(names)


def _made(files: list[Path], subject: str) -> dict[Path, list[Case]]:
    """By the loader, and put on the shelf."""
    if not files:
        return {}
    from harness.expand import cases
    from harness.load import load_all

    made = {path: cases(scenario, subject=subject) for path, scenario in zip(files, load_all(files), strict=True)}
    for path, expanded in made.items():
        shelf.put(SHELF, _makings(path, subject), encode(expanded))
    return made


def _kept(path: Path, subject: str) -> list[Case] | None:
    try:
        data = shelf.get(SHELF, _makings(path, subject))
        return None if data is None else decode(data, type=list[Case])
    except (OSError, ValueError):
        return None  # the loader says what is wrong with the file; an entry that was spoilt is made anew


def _makings(path: Path, subject: str) -> bytes:
    return b"\0".join((str(path).encode(), subject.encode(), path.read_bytes()))
