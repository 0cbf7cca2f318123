"""Finds what the user named: a spec's scenarios, single scenarios, files; and cases by an expression."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from harness.case import Case
from harness.errors import UsageError

_WORD = re.compile(r"\(|\)|[^\s()]+")
_NUMBERED = re.compile(r"([A-Z]+\d*)-\d+")


def shipped() -> Path:
    """The folder of the scenarios that come with toylab."""
    return Path(str(files("scenarios")))


def specs() -> list[str]:
    """The specs that have scenarios."""
    return sorted(entry.name for entry in shipped().iterdir() if entry.is_dir() and any(entry.glob("*.yaml")))


def scenario_files(spec: str, named: Iterable[str]) -> list[Path]:
    """The files of a spec, or those of it that are named: by scenario, or by the path of a file anywhere."""
    known = {path.stem: path for path in _of_spec(spec)}
    wanted = list(named)
    if not wanted:
        return list(known.values())
    return [_one(name, spec, known) for name in wanted]


def meant(spec: str, expression: str) -> tuple[str, ...]:
    """The one scenario that an expression can mean, because it is a case's id, or none. Saves reading the others."""
    scenario, separator, _ = expression.partition("::")
    is_id = bool(separator) and " " not in expression.strip()
    return (scenario,) if is_id and scenario in {path.stem for path in _of_spec(spec)} else ()


def _of_spec(spec: str) -> list[Path]:
    if spec not in specs():
        raise UsageError(f"there is no spec {spec!r}{_nearest(spec, specs())}")
    return sorted((shipped() / spec).glob("*.yaml"))


def _one(name: str, spec: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    path = Path(name)
    if os.path.isfile(path):  # pathlib's own raises where a directory on the way may not be entered
        return path
    hint = _nearest(name, known) or f"; `toylab list {spec}` shows them all"
    raise UsageError(f"there is no scenario {name!r}{hint}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, 1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(names)}" if len(names) <= 12 else ""


def clauses_in(spec: str, expression: str) -> tuple[str, ...]:
    """The clauses that an expression names by number. UsageError for a number that the spec does not have."""
    words = [word.upper() for word in _WORD.findall(expression) if _NUMBERED.fullmatch(word.upper())]
    if not words or spec not in specs():
        return ()
    from harness.spec import clauses_of  # not for every run: it reads every clause

    known = [clause.id for clause in clauses_of(spec)]
    series = {one.partition("-")[0] for one in known}
    named = [word for word in words if word.partition("-")[0] in series]
    for word in named:
        if word not in known:
            raise UsageError(f"the spec {spec} has no clause {word}; `toylab list {spec} --clauses` shows them all")
    return tuple(dict.fromkeys(named))


def chosen(cases: Iterable[Case], expression: str, clauses: tuple[str, ...] = ()) -> list[Case]:
    """The cases that an expression means: words in their id or tags, with `and`, `or`, `not` and parentheses.

    Each of `clauses` is true of every case, because every case is judged by it.
    """
    if not expression.strip():
        return list(cases)
    words = _WORD.findall(expression)
    return [case for case in cases if _Expression(words, _matcher(case, clauses)).value()]


def is_meant(expression: str, text: str) -> bool:
    """Whether an expression of the same kind means this text, by the words in it; none at all means everything."""
    words, lowered = _WORD.findall(expression), text.lower()
    return not words or _Expression(words, lambda word: word.lower() in lowered).value()


def _matcher(case: Case, clauses: tuple[str, ...]) -> Callable[[str], bool]:
    text = " ".join((case.id, *case.tags, *case.expect.clauses)).lower()
    return lambda word: word.upper() in clauses or word.lower() in text


class _Expression:
    """Reads `a and (b or not c)` from left to right; UsageError for what is none."""

    def __init__(self, words: list[str], matches: Callable[[str], bool]) -> None:
        self._words = list(reversed(words))
        self._matches = matches

    def value(self) -> bool:
        found = self._either()
        if self._words:
            raise UsageError(f"-k: {self._words[-1]!r} does not fit here; use and, or, not and parentheses")
        return found

    def _either(self) -> bool:
        found = self._both()
        while self._take("or"):
            found = self._both() or found
        return found

    def _both(self) -> bool:
        found = self._one()
        while self._take("and"):
            found = self._one() and found
        return found

    def _one(self) -> bool:
        if self._take("not"):
            return not self._one()
        if self._take("("):
            found = self._either()
            if not self._take(")"):
                raise UsageError("-k: a parenthesis is not closed")
            return found
        if not self._words or self._words[-1] in ("and", "or", ")"):
            raise UsageError("-k: the expression ends where a word is missing")
        return self._matches(self._words.pop())

    def _take(self, word: str) -> bool:
        if self._words and self._words[-1] == word:
            self._words.pop()
            return True
        return False
