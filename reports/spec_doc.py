"""Prints a spec as a document: every clause with its sentence, reason, source and golden traces.

The document in docs/ is this text as it was last printed; a test fails when a clause has moved on since.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from harness.clause import Clause
from harness.golden import read_goldens
from harness.spec import clauses_of, coverage_of

HEAD = """\
# The {spec} spec

{count} clauses, printed from the code that judges them (`toylab spec {spec}`). MUST and SHOULD have their usual
meaning; HOUSE is a rule of this lab that no standard asks for. Each clause comes with three traces: one that obeys
it, one that breaks it, and one to which it does not apply. The notation is explained in [the tour](tour.md).
"""


def render(spec: str) -> str:
    """The whole document, in Markdown. UsageError if there is no such spec."""
    clauses = clauses_of(spec)
    head = HEAD.format(spec=spec, count=len(clauses))
    return "\n".join([head, *_coverage(spec), *(_clause(clause, spec) for clause in clauses)])


def _coverage(spec: str) -> Iterator[str]:
    yield "## What the clauses cover\n"
    yield "| the requirement | judged by |\n|---|---|"
    for sentence, ids in coverage_of(spec):
        yield f"| {sentence} | {', '.join(f'[{id}](#{id.lower()})' for id in ids)} |"
    yield ""


def _clause(clause: Clause, spec: str) -> str:
    needs = ", ".join(sorted(clause.needs))
    lines = [f"## {clause.id}\n", f"**{clause.force}** {clause.says}\n", f"{clause.why}\n"]
    measured = f" Measured on Linux {clause.kernels}." if clause.kernels else ""
    lines.append(f"Source: {clause.source}. Rests on: {needs}.{measured}\n")
    file = files("harness") / "goldens" / spec / f"{clause.id}.txt"
    for golden in read_goldens(file.read_text(encoding="utf-8"), clause.id, file.name):
        title = f"{golden.kind}: {golden.title}" if golden.title else golden.kind
        lines.append(f"{title.capitalize()}.\n\n```\n{golden.text.strip()}\n```\n")
    return "\n".join(lines)
