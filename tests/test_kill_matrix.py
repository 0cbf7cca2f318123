"""The checker is worth what it convicts: every mutant by exactly its clauses, every clause by at least one mutant."""

from __future__ import annotations

import pytest

from harness.spec import clauses_of
from toylab.commands.mutants import kill_matrix, known
from toylab.finding import shipped

MUTANTS = known("toy9")


@pytest.fixture(scope="module")
def matrix() -> dict[str, set[str]]:
    return kill_matrix("toy9", list(MUTANTS.values()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_convicted_by_exactly_its_clauses(matrix: dict[str, set[str]], name: str) -> None:
    assert matrix[name] == set(MUTANTS[name].convicted_by), MUTANTS[name].sin


def test_every_clause_convicts_a_mutant() -> None:
    """By what the mutants' files say; the test above holds them to it."""
    convicting = {clause for mutant in MUTANTS.values() for clause in mutant.convicted_by}
    assert convicting == {clause.id for clause in clauses_of("toy9")}


def test_every_mutant_names_scenarios_that_exist() -> None:
    scenarios = {path.stem for path in (shipped() / "toy9").glob("*.yaml")}
    assert {name for mutant in MUTANTS.values() for name in mutant.exposed_by} <= scenarios


def test_there_are_mutants_enough_to_be_a_test_of_the_judge() -> None:
    assert len(MUTANTS) >= 40
