"""The checker is worth what it convicts: every mutant by exactly its clauses, every clause by at least one mutant."""

from __future__ import annotations

from functools import cache

import pytest

from harness.spec import SPECS, clauses_of
from toylab.commands.mutants import kill_matrix
from toylab.finding import shipped
from toylab.sinners import Mutant, known

TOYS = [spec for spec in SPECS if spec != "kernel"]
"""The kernel is not ours to break; its clauses are tried by their golden traces alone."""

MUTANTS = {spec: known(spec) for spec in TOYS}
each_toy = pytest.mark.parametrize("spec", TOYS)


@cache
def matrix_of(spec: str) -> dict[str, set[str]]:
    return kill_matrix(spec, list(MUTANTS[spec].values()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("spec", "mutant"),
    [(spec, mutant) for spec in TOYS for mutant in MUTANTS[spec].values()],
    ids=lambda one: one.name if isinstance(one, Mutant) else one,
)
def test_a_mutant_is_convicted_by_exactly_its_clauses(spec: str, mutant: Mutant) -> None:
    assert matrix_of(spec)[mutant.name] == set(mutant.convicted_by), mutant.sin


@each_toy
def test_every_clause_convicts_a_mutant(spec: str) -> None:
    """By what the mutants' files say; the test above holds them to it."""
    convicting = {clause for mutant in MUTANTS[spec].values() for clause in mutant.convicted_by}
    assert convicting == {clause.id for clause in clauses_of(spec)}


@each_toy
def test_every_mutant_names_scenarios_that_exist(spec: str) -> None:
    scenarios = {path.stem for path in (shipped() / spec).glob("*.yaml")}
    assert {name for mutant in MUTANTS[spec].values() for name in mutant.exposed_by} <= scenarios


def test_there_are_mutants_enough_to_be_a_test_of_the_judge() -> None:
    assert len(MUTANTS["toy9"]) >= 40
