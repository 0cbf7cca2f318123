"""Scenario files in, checked scenarios out: every mistake of every file at once, each at its place.

`load` and `load_all` raise InputError and nothing else for whatever is wrong with a file, be it missing, unreadable,
no YAML, or a scenario that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from harness.complaints import Complaints, complain, complain_of_blanks
from harness.errors import InputError, Problem
from harness.expand import expand
from harness.scenario import Scenario
from harness.yamlmarks import Document, read
from harness.yamlsyntax import Mark

SUFFIXES = (".toylab.yaml", ".yaml")
"""How scenario files end: the first in other people's projects, the second in this one."""


def load(path: Path) -> Scenario:
    """The scenario in one file. Raises InputError with all that is wrong with it."""
    return load_all([path])[0]


def load_all(paths: Iterable[Path]) -> list[Scenario]:
    """The scenarios in these files, in their order. Raises one InputError with all mistakes of all files."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            scenarios.append(_loaded(path))
        except InputError as error:
            problems += error.problems
    problems += _twins(scenarios)
    if problems:
        raise InputError(problems)
    return scenarios


def find(root: Path, spec: str) -> list[Path]:
    """The scenario files of a spec below `root`, by name: `SPEC/*.yaml`. None if there is no such directory."""
    return sorted(path for path in (root / spec).glob("*.yaml") if path.is_file())


def name_of(path: Path) -> str:
    """The name that the scenario in this file must have: the file's, without its suffix."""
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), path.suffix)
    return path.name.removesuffix(suffix)


def _loaded(path: Path) -> Scenario:
    document = _document(path)
    complaints = Complaints(document)
    scenario = _checked(document, complaints)
    if scenario is not None:
        _check_name(scenario, path, complaints)
        scenario.keep(expand(scenario, complaints))
    if scenario is None or complaints.problems:
        raise InputError(document.problems or complaints.problems)
    return scenario


def _document(path: Path) -> Document:
    try:
        return read(path.read_bytes(), str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem(str(path), 1, 1, f"the file cannot be read: {reason}")]) from error


def _checked(document: Document, complaints: Complaints) -> Scenario | None:
    """The document as a scenario by the models; None if they refuse it."""
    if document.problems:
        return None
    if not isinstance(document.data, dict):
        complaints.say(Mark(1, 1), "a scenario is a mapping", "start with `scenario: NAME`")
        return None
    said = complain_of_blanks(document.data, lambda path, key: document.mark(path, key=key), complaints)
    try:
        return Scenario.model_validate(document.data).read_from(document)
    except ValidationError as error:
        complain(error, Scenario, lambda path, key: document.mark(path, key=key), complaints, said)
        return None


def _check_name(scenario: Scenario, path: Path, complaints: Complaints) -> None:
    name = name_of(path)
    if scenario.scenario != name:
        hint = f"write `scenario: {name}`, or rename the file"
        complaints.say(scenario.document.mark(("scenario",)), "the name differs from the file's name", hint)


def _twins(scenarios: list[Scenario]) -> list[Problem]:
    """Two files with one name: their cases could not be told apart."""
    first: dict[tuple[str, str], Document] = {}
    problems = []
    for scenario in scenarios:
        document = scenario.document
        other = first.setdefault((scenario.spec, scenario.scenario), document)
        if other is not document:
            message = f"there is another scenario '{scenario.scenario}'"
            problems.append(document.problem(document.mark(("scenario",)), message, f"it is in {other.file}"))
    return problems
