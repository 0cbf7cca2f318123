"""Judging touches no world: its modules import nothing that could."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

WORLD = {"socket", "os", "subprocess", "time", "pathlib", "asyncio", "threading", "io", "pyroute2", "scapy", "toys"}
MODULES = [
    "events", "trace", "verdict", "result", "case", "notation", "forms", "packetline", "spelling", "serial",
    "canonical", "attempt", "flows", "branches", "clause", "expect", "tried", "checker", "golden",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_judge_imports_no_world(name: str) -> None:
    importlib.import_module(f"harness.{name}")
    assert imported(Path(str(sys.modules[f"harness.{name}"].__file__))) & WORLD == set()


def test_no_clause_imports_the_world() -> None:
    spec = Path(str(importlib.import_module("harness.spec").__file__)).parent
    assert {module for file in spec.rglob("*.py") for module in imported(file)} & WORLD == set()


def imported(file: Path) -> set[str]:
    """The first names of everything that the file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.partition(".")[0]
        for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    }
