"""The catalogue in docs/ says what the scenarios and the clauses say, and nobody cites what is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.situations import GROUPS, SITUATIONS, TABLES
from harness.spec import SPECS, clauses_of, coverage_of
from reports.catalogue_doc import cited, render

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*/*.yaml"))
OURS = re.compile(rf"({'|'.join(SPECS)}) spec, (.+)")


def test_the_catalogue_is_printed_as_it_stands() -> None:
    printed = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert printed == render(SCENARIOS), "print it again: toylab catalogue > docs/catalogue.md"


def test_every_situation_has_one_number_and_one_group() -> None:
    assert len(SITUATIONS) == sum(map(len, GROUPS.values()))


def test_every_table_has_its_place_on_the_page_of_what_was_measured() -> None:
    headings = re.findall(r"^## (\d\.\d) ", (ROOT / "docs" / "measured.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == list(TABLES)


@pytest.mark.parametrize("spec", SPECS)
def test_a_number_that_a_clause_cites_is_in_the_catalogue(spec: str) -> None:
    known = {*map(str, SITUATIONS), *TABLES}
    strange = {clause.id: cited(clause.source) for clause in clauses_of(spec) if set(cited(clause.source)) - known}
    assert strange == {}


@pytest.mark.parametrize("spec", SPECS)
def test_a_requirement_that_a_clause_cites_is_in_the_table_of_its_spec(spec: str) -> None:
    sentences = {sentence.partition(":")[0] for sentence, _ in coverage_of(spec)}
    cites = {clause.id: _requirements(clause.source, spec) for clause in clauses_of(spec)}
    assert {id: named for id, named in cites.items() if set(named) - sentences} == {}


def _requirements(source: str, spec: str) -> list[str]:
    """What a source names of its own spec's requirements: `Outputs 2 and Behavior 2` are two."""
    found = [OURS.fullmatch(reference.strip()) for reference in source.split(";")]
    return [name for match in found if match and match[1] == spec for name in re.split(" and |, ", match[2])]


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("catalogue 7, 14; connect(2), EALREADY", ["7", "14"]),
        ("tcp(7), 2; catalogue 88-90", ["88", "89", "90"]),
        ("catalogue 0.1, ICMP error; catalogue 97", ["0.1", "97"]),
        ("RFC 9293, 3.5", []),
    ],
)
def test_a_source_cites_the_numbers_behind_the_word(source: str, numbers: list[str]) -> None:
    assert cited(source) == numbers
