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
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from harness.result import RunResult
from harness.verdict import ORDER
from reports import tally

_TEXTS = ("force", "says", "why", "source")
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


def render(run: RunResult) -> str:
    """The run as indented JSON with a line end."""
    return json.dumps(as_dict(run), indent=2, ensure_ascii=True) + "\n"


def as_dict(run: RunResult) -> dict[str, Any]:
    data = asdict(run)
    cases = data.pop("cases")
    clauses = {id: _clause(one) for id, one in tally.by_clause(run.cases).items()}
    version = data.pop("schema_version")
    return {"schema_version": version, **data, "counts": run.counts(), "clauses": clauses, "cases": cases}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `render` prints, made from the result's classes and their docstrings."""
    run = _object(RunResult)
    texts: dict[str, Any] = {name: {"type": "string"} for name in _TEXTS}
    clause = {"type": "object", "properties": {**texts, "counts": _COUNTS}}
    run["properties"] |= {"counts": _COUNTS, "clauses": {"type": "object", "additionalProperties": clause}}
    run["required"] = sorted({*run["required"], "counts", "clauses", "schema_version"})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A run of toylab", **run}


def _clause(one: tally.ClauseTally) -> dict[str, Any]:
    text = {name: getattr(one.clause, name) for name in _TEXTS}
    return {**text, "counts": {outcome: len(cases) for outcome, cases in one.cases.items()}}


def _object(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    required = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    properties = {one.name: _of(hints[one.name]) for one in fields(kind)}
    return {"type": "object", "description": kind.__doc__ or "", "properties": properties, "required": required}


def _of(hint: Any) -> dict[str, Any]:
    """The schema of a type that the result's classes use: scalars, outcomes, tuples, string-keyed dicts, classes."""
    if is_dataclass(hint) and isinstance(hint, type):
        return _object(hint)
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _of(arguments[0])}
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1])}
    if set(arguments) == set(ORDER):
        return {"enum": list(ORDER)}
    return {} if hint is Any else {"type": _NAMES[hint]}
