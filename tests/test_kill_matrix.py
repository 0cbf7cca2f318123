"""The checker is worth what it convicts: every mutant by exactly its clauses, every clause by at least one mutant."""

from __future__ import annotations

import pytest

from harness.spec import SPECS, clauses_of
from toylab.commands.mutants import kill_matrix
from toylab.finding import shipped
from toylab.sinners import known

TOYS = [spec for spec in SPECS if spec != "kernel"]
"""The kernel is not ours to break; its clauses are tried by their golden traces alone."""

MUTANTS = {spec: known(spec) for spec in TOYS}
each_toy = pytest.mark.parametrize("spec", TOYS)


@pytest.mark.timeout(600)
@each_toy
def test_every_mutant_is_convicted_by_exactly_its_clauses(spec: str) -> None:
    """One test for each toy, because its mutants share a rig: the workers of pytest-xdist would each play them all."""
    convicted = kill_matrix(spec, list(MUTANTS[spec].values()))
    assert convicted == {name: set(mutant.convicted_by) for name, mutant in MUTANTS[spec].items()}


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
    assert len(MUTANTS["toy9"]) >= 45
