"""A scenario into its cases: every combination of the matrix with all words resolved.

What the models cannot see is checked here: unknown hosts, families that do not fit, axes that nobody uses, placeholders
that mean nothing, and every `where` merged into the sections and validated again.
"""

from __future__ import annotations

from collections import Counter

from pydantic import ValidationError

from harness.case import Case
from harness.choice import Choice
from harness.commands import program, programs
from harness.complaints import Complaints, complain
from harness.errors import InputError
from harness.expected import expect
from harness.ground import plan
from harness.matrix import Labels, Matrix
from harness.overlay import FIXED, Overlay
from harness.scenario import Scenario, Subject
from netns.plan import Plan

_Layers = tuple[int, ...]


def cases(scenario: Scenario, subject: str = "") -> list[Case]:
    """The cases in the order of the matrix. `subject` is a command to run in place of the scenario's own.

    Raises InputError with all that is wrong with the scenario; one from `harness.load` is sound, and its cases are made
    already. Raises UsageError for a `subject` that is no command.
    """
    if scenario.kept is not None and not subject:
        return list(scenario.kept)
    complaints = Complaints(scenario.document)
    expanded = expand(scenario, complaints, subject)
    if complaints.problems:
        raise InputError(complaints.problems)
    return expanded


def expand(scenario: Scenario, complaints: Complaints, subject: str = "") -> list[Case]:
    """The cases as far as they can be made; what is wrong goes to `complaints`."""
    _check_wheres(scenario, complaints)
    expansion = _Expansion(scenario, complaints, Matrix(scenario, complaints))
    made = [case for labels in expansion.matrix.combinations if (case := expansion.case(labels, subject))]
    if len(made) == len(expansion.matrix.combinations) > 0:
        _check_used(scenario, expansion.used, complaints)
    _check_ids(made, scenario, complaints)
    return made


class _Expansion:
    """What the cases of a scenario share: merged sections by the `where` entries that hold, plans by family as well."""

    def __init__(self, scenario: Scenario, complaints: Complaints, matrix: Matrix) -> None:
        self._complaints, self.matrix = complaints, matrix
        self._document = scenario.document
        self._overlays: dict[_Layers, Overlay] = {(): Overlay(scenario.document)}
        self._sections: dict[_Layers, Scenario | None] = {(): scenario}
        self._plans: dict[tuple[_Layers, str], Plan] = {}
        self.used = {"family"} | {axis for where in scenario.where for axis in where.condition}
        """The axes that make a difference."""

    def case(self, labels: Labels, subject: str) -> Case | None:
        """One case; None if the models refuse its merged sections."""
        layers = self.matrix.wheres[tuple(labels.values())]
        sections = self._under(layers)
        if sections is None:
            return None
        choice = Choice(sections, self._overlays[layers], self._complaints, self.matrix, labels)
        host, address = _target(choice)
        choice.words |= {"host": host, "port": str(sections.target.port)}
        if (layers, choice.family) not in self._plans:
            self._plans[layers, choice.family] = plan(choice, address)
        made = _case(choice, self._plans[layers, choice.family], subject)
        self.used |= choice.used
        return made

    def _under(self, layers: _Layers) -> Scenario | None:
        if layers not in self._sections:
            self._overlays[layers] = overlay = Overlay(self._document, layers)
            try:
                self._sections[layers] = Scenario.model_validate(overlay.data())
            except ValidationError as error:
                self._sections[layers] = None
                complain(error, Scenario, overlay.blame, self._complaints)
        return self._sections[layers]


def _check_wheres(scenario: Scenario, complaints: Complaints) -> None:
    """Says which `where` would change what is the same for all cases of a file."""
    document = scenario.document
    for place, where in enumerate(scenario.where):
        for key in where.then:
            if key in FIXED:
                mark = document.mark(("where", place, "then", key), key=True)
                complaints.say(mark, f"`{key}` is the same for all cases", "write it above")


def _case(choice: Choice, ground: Plan, subject: str) -> Case:
    sections = choice.sections
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
        plan=ground,
        subject=program(choice, given, ("subject",), is_text=is_text, instead=subject),
        programs=programs(choice),
        target_host=choice.words["host"],
        target_port=sections.target.port,
        expect=expect(choice),
        pace=sections.pace,
        deadline_ms=sections.deadline,
        tags=tuple(sections.tags),
        slow=sections.slow,
    )


def _target(choice: Choice) -> tuple[str, str]:
    """The host that the subject is told to connect to, and its address if it is no name."""
    target = choice.sections.target
    if target.name is not None:
        return target.name, ""
    if target.address is None:
        host = choice.host(target.host or "server", ("target", "host"))
        address = choice.address_of(host) if host else ""
    else:
        text, path = choice.by_family(target.address, ("target", "address"))
        address = choice.literal(text, path) if text else ""
    return address, address


def _check_used(scenario: Scenario, used: set[str], complaints: Complaints) -> None:
    for axis in scenario.matrix:
        if axis not in used:
            mark = scenario.document.mark(("matrix", axis), key=True)
            hint = f"put {{{axis}}} into a command, or name it in `where`"
            complaints.say(mark, f"nobody uses the axis '{axis}'", hint)


def _check_ids(made: list[Case], scenario: Scenario, complaints: Complaints) -> None:
    """Labels with hyphens can make two combinations look alike; one such pair is enough to say so."""
    times = Counter(case.id for case in made).most_common(1)
    if times and times[0][1] > 1:
        mark = scenario.document.mark(("matrix",), key=True)
        complaints.say(mark, f"two cases are called {times[0][0]}", "labels are joined by hyphens: rename one")
