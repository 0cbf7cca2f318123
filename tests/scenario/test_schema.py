"""The JSON Schema for editors: current, explained, and refusing what it can refuse."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from harness.load import load
from harness.schema import json_schema, text
from harness.yamlmarks import read

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*/*.yaml"))
SAMPLE = Path(__file__).parent / "refused-twice.toylab.yaml"
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
FREE = ("hosts", "matrix", "dns", "hosts_file", "except", "where", "environment", "options", "fields", "sysctl")
"""Sections whose keys are the writer's own."""


def _mappings(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all mappings whose keys the format fixes."""
    if isinstance(data, dict):
        yield path
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        if key not in FREE:
            yield from _mappings(data[key], (*path, key))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")


def test_the_schema_in_the_repository_is_current() -> None:
    shipped = (SCENARIOS / "scenario.schema.json").read_text(encoding="utf-8")
    assert shipped == text(), "write harness.schema.text() to scenarios/scenario.schema.json"


def test_every_key_is_explained() -> None:
    definitions = [SCHEMA, *SCHEMA["$defs"].values()]
    blank = [key for found in definitions for key, told in found["properties"].items() if not told.get("description")]
    assert blank == []
    assert all(found.get("description") for found in definitions)


@pytest.mark.parametrize("path", [*SHIPPED, SAMPLE], ids=lambda path: path.stem)
def test_a_file_that_the_loader_accepts_is_valid(path: Path) -> None:
    load(path)
    assert [error.message for error in VALIDATOR.iter_errors(read(path.read_bytes(), str(path)).data)] == []


@pytest.mark.parametrize("path", list(_mappings(read(SAMPLE.read_bytes(), "sample").data)), ids=str)
def test_an_unknown_key_is_refused(path: tuple[str | int, ...]) -> None:
    data = copy.deepcopy(read(SAMPLE.read_bytes(), "sample").data)
    place = data
    for step in path:
        place = place[step]
    place["zzz"] = "zzz"
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize(
    "change",
    [
        {"spec": "toy8"}, {"why": ""}, {"deadline": 5}, {"deadline": "5 s"}, {"subject": 5}, {"slow": "yes"},
        {"wire": {}}, {"target": {"port": 70_000}}, {"target": None}, {"hosts": {"A B": {}}},
        {"expect": {"branch": ["none"]}}, {"matrix": {"family": []}}, {"where": [{"then": {}}]},
        {"where": [{"if": {"a": "b"}, "then": {"spec": "toy9"}}]},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**read(SAMPLE.read_bytes(), "sample").data, **change})
