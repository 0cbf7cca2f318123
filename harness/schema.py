"""The JSON Schema of scenario files, for editors: made from the models, with the texts under fields as descriptions.

The schema is a help while writing; what `harness.load` says is what counts. It accepts every file that the loader does.
"""

from __future__ import annotations

import ast
import inspect
import json
from functools import cache
from types import ModuleType
from typing import Any

from harness import names, scenario, sections
from harness.overlay import FIXED
from harness.scenario import Scenario

MODULES = (sections, names, scenario)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) as plain data."""
    schema = Scenario.model_json_schema(by_alias=True)
    described = {"Scenario": schema, **schema["$defs"]}
    for name, definition in described.items():
        _describe(definition, _texts(name))
        _tidy(definition)
    schema["$defs"]["Where"]["properties"]["then"] = _then(schema["properties"])
    return {"$schema": DIALECT, "title": "toylab scenario", **{k: v for k, v in schema.items() if k != "title"}}


def text() -> str:
    """The schema as it stands in `scenarios/scenario.schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _describe(definition: dict[str, Any], texts: dict[str, str]) -> None:
    """Puts each field's text to the field, under the name that it has in the file."""
    for name, text in texts.items():
        if name in definition.get("properties", {}):
            definition["properties"][name]["description"] = text


def _tidy(node: Any) -> None:
    """Drops titles of fields, defaults in the loader's own units, and nothing as a value, which the loader refuses."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    for name in ("properties", "$defs"):
        for child in node.get(name, {}).values():
            child.pop("title", None)
            child.pop("default", None)
    if node.get("type") == "string":
        # A duration's bounds are in milliseconds, what the file holds is text.
        node.pop("minimum", None)
    if {"type": "null"} in node.get("anyOf", []):
        node.update(next(choice for choice in node.pop("anyOf") if choice != {"type": "null"}))
    if "patternProperties" in node:
        node["additionalProperties"] = False
    for child in node.values():
        _tidy(child)


def _then(properties: dict[str, Any]) -> dict[str, Any]:
    """What a `where` may lay over: sections by their names, in part, so that nothing can be said of what is inside."""
    known = {name: {"description": told["description"]} for name, told in properties.items() if name not in FIXED}
    text = "What is laid over the file's sections; a key without a value is taken away."
    shape = {"type": "object", "description": text, "minProperties": 1, "additionalProperties": False}
    return {**shape, "properties": known}


def _texts(model: str) -> dict[str, str]:
    """The texts under the fields of a model and of those that it is made from, by the fields' names in the file."""
    found = next(getattr(module, model) for module in MODULES if hasattr(module, model))
    texts: dict[str, str] = {}
    for base in reversed(found.__mro__):
        for module in MODULES:
            texts |= _written(module).get(base.__name__, {})
    return {found.model_fields[name].alias or name: text for name, text in texts.items()}


@cache
def _written(module: ModuleType) -> dict[str, dict[str, str]]:
    """For each class in a module, the texts that stand under its fields."""
    classes = (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef))
    return {node.name: _under_fields(node) for node in classes}


def _under_fields(node: ast.ClassDef) -> dict[str, str]:
    texts = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            texts[field.target.id] = inspect.cleandoc(str(below.value.value))  # type: ignore[attr-defined]
    return texts
