"""Arranges the cases of a run as a table: scenarios down, the axes of their matrix across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.result import CaseResult
from reports import tally


@dataclass(frozen=True, slots=True)
class Cell:
    """The cases at one place; more than one where a scenario does not have the axis. `span` counts columns."""

    cases: tuple[CaseResult, ...]
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario, or one choice of its further axes (`detail`); `situation` is its first tag."""

    scenario: str
    detail: str
    situation: str
    why: str
    cells: tuple[Cell, ...]
    search: str

    @property
    def cases(self) -> tuple[CaseResult, ...]:
        return tuple(case for cell in self.cells for case in cell.cases)


@dataclass(frozen=True, slots=True)
class Matrix:
    """`outer` are heads over `len(inner)` columns each; without axes both hold one empty name."""

    outer_axis: str
    inner_axis: str
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A case with all the axes that tell it apart, the subject among them if the run had several."""

    case: CaseResult
    axes: dict[str, str]


def matrix(cases: Sequence[CaseResult], tags: dict[str, tuple[str, ...]]) -> Matrix:
    """The table. `tags` are by scenario; rows of one situation stand together, in the order of first appearance."""
    several = _several_subjects(cases)
    placed = [_Placed(case, {**({"subject": case.subject} if several else {}), **case.axes}) for case in cases]
    across = _across(placed)
    values = (_values(across[0], placed), _values(across[1], placed))
    rows = [
        Row(scenario, detail, situation, group[0].case.why, _cells(group, across, values), _search(group, tags))
        for (situation, scenario, detail), group in _grouped(placed, across, tags)
    ]
    return Matrix(*across, *values, tuple(rows))


def _several_subjects(cases: Sequence[CaseResult]) -> bool:
    """Whether one and the same case was run with more than one subject: then they are worth comparing."""
    met: dict[str, set[str]] = {}
    for case in cases:
        met.setdefault(case.id, set()).add(case.subject)
    return any(len(subjects) > 1 for subjects in met.values())


def _across(placed: Sequence[_Placed]) -> tuple[str, str]:
    """The two axes that most cases have and that have more than one value, in the order in which files name them.

    Subjects, where there are several, always go across: to compare them is why they were run.
    """
    used = Counter(axis for one in placed for axis in one.axes)
    varied = [axis for axis in used if len(_values(axis, placed)) > 1] or list(used)
    most = sorted(varied, key=lambda axis: (axis != "subject", -used[axis]))[:2]
    first, second, *_ = [*(axis for axis in varied if axis in most), "", ""]
    return first, second


def _values(axis: str, placed: Sequence[_Placed]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.axes[axis] for one in placed if axis in one.axes)) or ("",)


def _grouped(
    placed: Sequence[_Placed], across: tuple[str, str], tags: dict[str, tuple[str, ...]]
) -> list[tuple[tuple[str, str, str], list[_Placed]]]:
    """The rows: cases by situation, scenario and the values of the axes that do not go across."""
    groups: dict[tuple[str, str, str], list[_Placed]] = {}
    for one in placed:
        detail = " ".join(text for axis, text in one.axes.items() if axis not in across)
        situation = next(iter(tags.get(one.case.scenario, ())), "")
        groups.setdefault((situation, one.case.scenario, detail), []).append(one)
    order = {situation: place for place, situation in enumerate(dict.fromkeys(key[0] for key in groups))}
    return sorted(groups.items(), key=lambda item: order[item[0][0]])


def _cells(
    group: Sequence[_Placed], across: tuple[str, str], values: tuple[tuple[str, ...], tuple[str, ...]]
) -> tuple[Cell, ...]:
    """One cell a column; a wide one where the scenario lacks the inner axis, a single one where it lacks the outer."""
    outer, inner = values
    if any(across[0] not in one.axes for one in group):
        return (_cell(group, len(outer) * len(inner)),)
    cells: list[Cell] = []
    for value in outer:
        here = [one for one in group if one.axes[across[0]] == value]
        if not here or all(across[1] in one.axes for one in here):
            cells += [_cell([one for one in here if one.axes[across[1]] == second]) for second in inner]
        else:
            cells.append(_cell(here, len(inner)))
    return tuple(cells)


def _cell(group: Sequence[_Placed], span: int = 1) -> Cell:
    return Cell(tuple(one.case for one in group), span)


def _search(group: Sequence[_Placed], tags: dict[str, tuple[str, ...]]) -> str:
    """What the filter looks through: scenario, tags, axes, and the clauses that refused."""
    scenario = group[0].case.scenario
    words = [scenario, *tags.get(scenario, ())]
    for one in group:
        words += [*one.axes.values(), *(judged.id for judged in tally.blamed(one.case))]
    return " ".join(dict.fromkeys(words)).lower()
