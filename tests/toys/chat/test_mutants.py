"""Every mutant says what it does, and the honest server knows of none. Their convictions are the kill matrix's."""

from __future__ import annotations

from pathlib import Path

import pytest

from toys.chat import mutants
from toys.chat.server import Parts
from toys.mutants import NoSuchMutant


@pytest.mark.parametrize("name", mutants.names())
def test_a_mutant_says_its_sin_first_and_names_its_clauses_once(name: str) -> None:
    module = mutants.load(name)
    assert (module.__doc__ or "").strip() == module.SIN
    assert len(module.CONVICTED_BY) == len(set(module.CONVICTED_BY)) > 0
    assert Parts() != module.PARTS


def test_the_honest_code_knows_of_no_mutant() -> None:
    honest = [file for file in Path(mutants.__file__).parents[1].glob("*.py") if file.name != "cli.py"]
    assert [file.name for file in honest if "mutant" in file.read_text(encoding="utf-8").lower()] == []


def test_a_mutant_that_there_is_not_is_told_with_the_nearest_that_there_is() -> None:
    with pytest.raises(NoSuchMutant, match="did you mean 'echoes'"):
        mutants.parts("echos")
