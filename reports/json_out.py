"""Prints a run as JSON for other programs, in a form that only grows.

The object is what run.json holds (`harness.result.RunResult`, see `schema()`), with two things worked out for readers
who do not want to count: `counts`, the cases by verdict, and `clauses`, the cases by outcome for each clause.

    {"schema_version": 1, "spec": "toy9", "subject": "toy9", "verdict": "fail", "counts": {"pass": 2, "fail": 1, ...},
     "clauses": {"T9-07": {"force": "MUST", "says": "...", "counts": {"pass": 2, "fail": 1, ...}}, ...},
     "cases": [{"id": "refused::ipv4-epoll", "verdict": "pass", "clauses": [{"id": "T9-07", ...}], ...}]}

`schema_version` changes when a field is removed or changes its meaning; a new field does not change it.
"""

from __future__ import annotations

import json
from typing import Any, get_args, get_origin

from msgspec import Struct
from msgspec.structs import asdict, fields

from harness.result import TEXTS, CaseResult, RunResult
from harness.verdict import ORDER
from reports import tally

_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


def render(run: RunResult) -> str:
    """The run as indented JSON with a line end."""
    return json.dumps(as_dict(run), indent=2, ensure_ascii=True) + "\n"


def as_dict(run: RunResult) -> dict[str, Any]:
    data = asdict(run)
    cases = [_case(case) for case in data.pop("cases")]
    clauses = {id: _clause(one) for id, one in tally.by_clause(run.cases).items()}
    version = data.pop("schema_version")
    return {"schema_version": version, **data, "counts": run.counts(), "clauses": clauses, "cases": cases}


def _case(case: CaseResult) -> dict[str, Any]:
    """With every field of every judgement: who reads this has no defaults to fill in."""
    judged = {"clauses": [*map(asdict, case.clauses)], "expectations": [*map(asdict, case.expectations)]}
    return {**asdict(case), **judged}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `render` prints, made from the result's classes and their docstrings."""
    run = _object(RunResult)
    texts: dict[str, Any] = {name: {"type": "string"} for name in TEXTS}
    clause = {"type": "object", "properties": {**texts, "counts": _COUNTS}}
    run["properties"] |= {"counts": _COUNTS, "clauses": {"type": "object", "additionalProperties": clause}}
    run["required"] = sorted({*run["required"], "counts", "clauses", "schema_version"})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A run of toylab", **run}


def _clause(one: tally.ClauseTally) -> dict[str, Any]:
    text = {name: getattr(one.clause, name) for name in TEXTS}
    return {**text, "counts": {outcome: len(cases) for outcome, cases in one.cases.items()}}


def _object(kind: type[Struct]) -> dict[str, Any]:
    required = [one.name for one in fields(kind) if one.required]
    properties = {one.name: _of(one.type) for one in fields(kind)}
    return {"type": "object", "description": kind.__doc__ or "", "properties": properties, "required": required}


def _of(hint: Any) -> dict[str, Any]:
    """The schema of a type that the result's classes use: scalars, outcomes, tuples, string-keyed dicts, classes."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _object(hint)
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _of(arguments[0])}
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1])}
    if set(arguments) == set(ORDER):
        return {"enum": list(ORDER)}
    return {} if hint is Any else {"type": _NAMES[hint]}
