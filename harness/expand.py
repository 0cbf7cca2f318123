"""A scenario into its cases: every combination of the matrix with all words resolved.

What the models cannot see is checked here: unknown hosts, families that do not fit, axes that nobody uses, placeholders
that mean nothing, and every `where` merged into the sections and validated again.
"""

from __future__ import annotations

from pydantic import ValidationError

from harness.case import Case
from harness.choice import Choice
from harness.commands import program, programs
from harness.complaints import Complaints, complain
from harness.errors import InputError
from harness.expected import expect
from harness.fields import nearest
from harness.ground import plan
from harness.matrix import Matrix
from harness.overlay import FIXED, Overlay
from harness.scenario import Scenario, Subject
from harness.yamlmarks import Path

_Layers = tuple[int, ...]


def cases(scenario: Scenario, subject: str = "") -> list[Case]:
    """The cases in the order of the matrix. `subject` is a command to run in place of the scenario's own.

    Raises InputError with all that is wrong; a scenario from `harness.load` can only fail for its `subject`.
    """
    complaints = Complaints(scenario.document)
    expanded = expand(scenario, complaints, subject)
    if complaints.problems:
        raise InputError(complaints.problems)
    return expanded


def expand(scenario: Scenario, complaints: Complaints, subject: str = "") -> list[Case]:
    """The cases as far as they can be made; what is wrong goes to `complaints`."""
    if not _may_vary(scenario, complaints):
        return []
    matrix = Matrix(scenario, complaints)
    if complaints.problems:
        return []
    merged = _Merged(scenario, complaints)
    made: list[Case] = []
    used = {"family"} | {axis for where in scenario.where for axis in where.condition}
    for labels in matrix.combinations:
        layers = matrix.wheres[tuple(labels.values())]
        sections = merged.under(layers)
        if sections is not None:
            choice = Choice(sections, merged.overlays[layers], complaints, matrix, labels)
            made.append(_case(choice, subject))
            used |= choice.used
    _check_used(scenario, used, complaints)
    _check_ids(made, scenario, complaints)
    return made


class _Merged:
    """The sections under each set of `where` entries, merged and validated once."""

    def __init__(self, scenario: Scenario, complaints: Complaints) -> None:
        self._scenario, self._complaints = scenario, complaints
        self.overlays: dict[_Layers, Overlay] = {(): Overlay(scenario.document)}
        self._sections: dict[_Layers, Scenario | None] = {(): scenario}

    def under(self, layers: _Layers) -> Scenario | None:
        """The sections, or None if the models refuse what the merging made."""
        if layers not in self._sections:
            self.overlays[layers] = overlay = Overlay(self._scenario.document, layers)
            try:
                self._sections[layers] = Scenario.model_validate(overlay.data())
            except ValidationError as error:
                self._sections[layers] = None
                complain(error, Scenario, overlay.blame, self._complaints)
        return self._sections[layers]


def _may_vary(scenario: Scenario, complaints: Complaints) -> bool:
    """Whether every `where` changes only what may differ between the cases of a file."""
    document, sound = scenario.document, True
    for place, where in enumerate(scenario.where):
        for key in where.then:
            path: Path = ("where", place, "then", key)
            if key in FIXED:
                complaints.say(document.mark(path, key=True), f"`{key}` is the same for all cases", "write it above")
            elif key not in _SECTIONS:
                complaints.say(document.mark(path, key=True), f"'{key}' is not known here", nearest(key, _SECTIONS))
            sound = sound and key in _SECTIONS
    return sound


_SECTIONS = frozenset(field.alias or name for name, field in Scenario.model_fields.items()) - set(FIXED)


def _case(choice: Choice, subject: str) -> Case:
    sections = choice.sections
    host, port, address = _target(choice)
    choice.words |= {"host": host, "port": str(port)}
    given = sections.subject if isinstance(sections.subject, Subject) else Subject(run=sections.subject)
    is_text = isinstance(sections.subject, str)
    document = choice.overlay.document
    return Case(
        id="::".join(filter(None, (sections.scenario, "-".join(choice.labels.values())))),
        spec=sections.spec,
        scenario=sections.scenario,
        axes=dict(choice.labels),
        file=document.file,
        line=document.mark(("scenario",), key=True).line,
        why=" ".join(sections.why.split()),
        plan=plan(choice, address),
        subject=program(choice, given, ("subject",), is_text=is_text, instead=subject),
        programs=programs(choice),
        target_host=host,
        target_port=port,
        expect=expect(choice),
        pace=sections.pace,
        deadline_ms=sections.deadline,
        tags=tuple(sections.tags),
        slow=sections.slow,
    )


def _target(choice: Choice) -> tuple[str, int, str]:
    """What the subject is told to connect to as host text and port, and its address if that is no name."""
    target = choice.sections.target
    if target.name is not None:
        return target.name, target.port, ""
    if target.address is None:
        host = choice.host(target.host or "server", ("target", "host"))
        address = choice.address_of(host) if host else ""
    else:
        text, path = choice.by_family(target.address, ("target", "address"))
        address = choice.literal(text, path) if text else ""
    return address, target.port, address


def _check_used(scenario: Scenario, used: set[str], complaints: Complaints) -> None:
    for axis in scenario.matrix:
        if axis not in used:
            mark = scenario.document.mark(("matrix", axis), key=True)
            hint = f"put {{{axis}}} into a command, or name it in `where`"
            complaints.say(mark, f"nobody uses the axis '{axis}'", hint)


def _check_ids(made: list[Case], scenario: Scenario, complaints: Complaints) -> None:
    """Labels with hyphens can make two combinations look alike."""
    seen: set[str] = set()
    for case in made:
        if case.id in seen:
            mark = scenario.document.mark(("matrix",), key=True)
            complaints.say(mark, f"two cases are called {case.id}", "labels are joined by hyphens: rename one")
        seen.add(case.id)
