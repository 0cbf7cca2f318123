"""The matrix of a scenario: every combination of labels that is not excepted, and which `where` hold for it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from harness.complaints import Complaints
from harness.fields import nearest
from harness.scenario import Scenario
from harness.yamlmarks import Path

FAMILIES = ("ipv4", "ipv6")
RESERVED = ("host", "port", "address")
"""Placeholders that no axis may take."""

Labels = dict[str, str]
"""One combination: a label for each axis, in the order of the axes."""


class Matrix:
    """The axes with the text of each label, and the combinations that are left."""

    def __init__(self, scenario: Scenario, complaints: Complaints) -> None:
        self._scenario, self._complaints = scenario, complaints
        self.texts = {axis: _texts(labels) for axis, labels in scenario.matrix.items()}
        """For each axis, the text of each label."""
        self.families = tuple(self.texts.get("family", FAMILIES[:1]))
        self._check_axes()
        self.combinations = self._left(self._all())
        self.wheres = {tuple(labels.values()): self._holding(labels) for labels in self.combinations}
        """The numbers of the `where` entries that hold, by the labels of a combination."""
        self._check_wheres()

    def _all(self) -> list[Labels]:
        return [dict(zip(self.texts, labels, strict=True)) for labels in product(*self.texts.values())]

    def _check_axes(self) -> None:
        for axis, labels in self._scenario.matrix.items():
            if axis in RESERVED:
                self._say(("matrix", axis), f"'{axis}' cannot be an axis", f"{{{axis}}} is a placeholder of the lab")
            if isinstance(labels, list):
                self._check_once(axis, labels)
        families = self._scenario.matrix.get("family", {})
        for place, label in enumerate(families):
            if label not in FAMILIES:
                path: Path = ("matrix", "family", label if isinstance(families, dict) else place)
                self._say(path, f"'{label}' is no address family", nearest(label, FAMILIES))

    def _check_once(self, axis: str, labels: Sequence[str]) -> None:
        for place, label in enumerate(labels):
            if label in labels[:place]:
                self._say(("matrix", axis, place), f"'{label}' is given twice", "each label once")

    def _left(self, combinations: list[Labels]) -> list[Labels]:
        """What the exceptions leave; one that takes nothing away is a mistake, and so is taking all."""
        for place, exception in enumerate(self._scenario.exceptions):
            path: Path = ("except", place)
            if self._is_known(exception, path):
                left = [labels for labels in combinations if not _fits(exception, labels)]
                if len(left) == len(combinations):
                    self._say(path, "this takes no case away", "an exception above it may have taken them all")
                combinations = left
        if not combinations:
            self._say(("except",), "no case is left", "the exceptions take the whole matrix away")
        return combinations

    def _holding(self, labels: Labels) -> tuple[int, ...]:
        wheres = enumerate(self._scenario.where)
        return tuple(place for place, where in wheres if _fits(where.condition, labels))

    def _check_wheres(self) -> None:
        used = {place for places in self.wheres.values() for place in places}
        for place, where in enumerate(self._scenario.where):
            path: Path = ("where", place, "if")
            if self._is_known(where.condition, path) and place not in used and self.combinations:
                self._say(path, "this holds for no case", "its combinations are taken away by `except`")

    def _is_known(self, condition: dict[str, str | list[str]], path: Path) -> bool:
        """Whether the matrix has every axis and label named; says which it has not."""
        unknown = [axis for axis in condition if axis not in self.texts]
        for axis in unknown:
            self._say((*path, axis), f"the matrix has no axis '{axis}'", nearest(axis, self.texts))
        strange = [
            (axis, place, label)
            for axis, labels in condition.items()
            for place, label in enumerate(_listed(labels))
            if axis in self.texts and label not in self.texts[axis]
        ]
        for axis, place, label in strange:
            where = (*path, axis, place) if isinstance(condition[axis], list) else (*path, axis)
            self._say(where, f"axis '{axis}' has no label '{label}'", nearest(label, self.texts[axis]), key=False)
        return not unknown and not strange

    def _say(self, path: Path, message: str, hint: str, key: bool = True) -> None:
        self._complaints.say(self._scenario.document.mark(path, key=key), message, hint)


def _texts(labels: list[str] | dict[str, str]) -> dict[str, str]:
    return labels if isinstance(labels, dict) else {label: label for label in labels}


def _listed(labels: str | list[str]) -> list[str]:
    return labels if isinstance(labels, list) else [labels]


def _fits(condition: dict[str, str | list[str]], labels: Labels) -> bool:
    return all(labels.get(axis) in _listed(wanted) for axis, wanted in condition.items())
