"""Prints the catalogue as a document: every situation with the scenarios that play it and the clauses that judge it.

The document in docs/ is this text as it was last printed; a test fails when a scenario or a clause has moved on since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.clause import Clause
from harness.situations import GROUPS, TABLES
from harness.spec import SPECS, clauses_of
from harness.yamlmarks import read

HEAD = """\
# The catalogue

{count} situations in which real programs went wrong, printed from the scenarios and clauses that name them (`toylab
catalogue`). A number is stable, and there are gaps between them. A scenario names those that it plays (`catalogue`, see
[scenario files](scenarios.md)), a clause those that it judges. The last group is of tables that were
[measured](measured.md).
"""
Judged = dict[str, list[tuple[str, Clause]]]
NUMBERS = re.compile(r"\d+(?:\.\d+)?(?:-\d+)?")


def render(files: Iterable[Path]) -> str:
    """The whole document in Markdown, from these scenario files, which lie as `SPEC/NAME.yaml`."""
    played, judged = _played(files), _judged()
    groups = (line for group, numbers in GROUPS.items() for line in _group(group, numbers, played, judged))
    return "\n".join([HEAD.format(count=sum(map(len, GROUPS.values()))), *groups, *_tables(judged), ""])


def cited(source: str) -> list[str]:
    """The numbers behind `catalogue` in a clause's source: of situations, `7`, and of tables, `0.1`."""
    numbers: list[str] = []
    for reference in source.split(";"):
        word, _, rest = reference.strip().partition(" ")
        if word == "catalogue":
            numbers += [number for part in rest.split(", ") if NUMBERS.fullmatch(part) for number in _each(part)]
    return numbers


def _each(part: str) -> list[str]:
    """`88-91` is four numbers."""
    first, _, last = part.partition("-")
    return [str(number) for number in range(int(first), int(last) + 1)] if last else [first]


def _played(files: Iterable[Path]) -> dict[int, list[Path]]:
    """The scenarios of each situation; files that cannot be read are for `toylab check`."""
    played: dict[int, list[Path]] = {}
    for file in sorted(files, key=lambda file: (list(SPECS).index(file.parent.name), file.name)):
        for number in read(file.read_bytes(), str(file)).data.get("catalogue", ()):
            played.setdefault(int(number), []).append(file)
    return played


def _judged() -> Judged:
    """The clauses of each situation and table, each with its spec."""
    judged: Judged = {}
    for spec in SPECS:
        for clause in clauses_of(spec):
            for number in cited(clause.source):
                judged.setdefault(number, []).append((spec, clause))
    return judged


def _group(
    name: str, numbers: Mapping[int, str], played: Mapping[int, list[Path]], judged: Judged
) -> Iterator[str]:  # fmt: skip
    yield f"## {name}\n"
    yield "| | what happens | scenarios | clauses |\n|---|---|---|---|"
    for number, said in numbers.items():
        yield f"| {number} | {said} | {_scenarios(played.get(number, []))} | {_clauses(judged.get(str(number), []))} |"
    yield ""


def _tables(judged: Judged) -> Iterator[str]:
    yield "## Tables of what was measured\n"
    yield "| | what is in it | clauses |\n|---|---|---|"
    for number, said in TABLES.items():
        yield f"| {number} | {said} | {_clauses(judged.get(number, []))} |"


def _scenarios(files: list[Path]) -> str:
    """The scenarios of each spec, with the spec before the first of them."""
    by_spec: dict[str, list[str]] = {}
    for file in files:
        spec, name = file.parent.name, file.stem
        by_spec.setdefault(spec, []).append(f"[{name}](../scenarios/{spec}/{name}.yaml)")
    return "; ".join(f"{spec}: {', '.join(links)}" for spec, links in by_spec.items()) or "none"


def _clauses(clauses: list[tuple[str, Clause]]) -> str:
    return ", ".join(f"[{one.id}](spec-{spec}.md#{one.id.lower()})" for spec, one in clauses) or "none"
