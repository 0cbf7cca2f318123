"""The mutants as a collection. That each is convicted, by exactly its clauses, is the kill matrix' affair."""

from __future__ import annotations

from pathlib import Path

import pytest

from toys.mutants import NoSuchMutant
from toys.net_conn import mutants
from toys.net_conn.connection import Connection


@pytest.mark.parametrize("name", mutants.names())
def test_a_mutant_says_its_sin_first_and_is_a_connection(name: str) -> None:
    module = mutants.load(name)
    assert (module.__doc__ or "").strip() == module.SIN
    assert len(module.CONVICTED_BY) == len(set(module.CONVICTED_BY)) > 0
    assert issubclass(module.Mutant, Connection)
    assert module.Mutant is mutants.variant(name) is not Connection


def test_no_name_is_the_honest_connection() -> None:
    assert mutants.variant("") is Connection


def test_a_name_that_is_nearly_right_is_put_right() -> None:
    with pytest.raises(NoSuchMutant, match="did you mean 'trusts-anybody'"):
        mutants.variant("trust-anybody")


def test_the_honest_code_knows_of_no_mutant() -> None:
    honest = [file for file in Path(mutants.__file__).parents[1].glob("*.py") if file.name != "cli.py"]
    assert [file.name for file in honest if "mutant" in file.read_text(encoding="utf-8").lower()] == []
