"""A mutant is found by its name and by nothing else, without a look at its neighbours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from toys.mutants import Mutants, NoSuchMutant


@pytest.fixture
def sins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mutants:
    """A package with a mutant, and with one that cannot be imported."""
    package = tmp_path / "sins"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "lies_at_once.py").write_text("SIN = 'Lies at once.'\n")
    (package / "lacks_a_module.py").write_text("import nothing_that_there_is\n")
    monkeypatch.syspath_prepend(tmp_path)
    for module in [name for name in sys.modules if name.partition(".")[0] == "sins"]:
        monkeypatch.delitem(sys.modules, module)
    return Mutants("sins")


def test_a_name_has_hyphens(sins: Mutants) -> None:
    assert sins.load("lies-at-once").SIN == "Lies at once."
    assert sins.names() == ["lacks-a-module", "lies-at-once"]


@pytest.mark.parametrize("name", ["lies_at_once", "lies-at-onze", "", "-", "lies.at", "../lies", "__init__", "lies at"])
def test_nothing_else_is_a_name(sins: Mutants, name: str) -> None:
    with pytest.raises(NoSuchMutant):
        sins.load(name)


def test_a_mutant_that_cannot_be_imported_is_no_slip_of_the_keyboard(sins: Mutants) -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing_that_there_is"):
        sins.load("lacks-a-module")
