"""The printed spec in docs/ says what the clauses say."""

from __future__ import annotations

from pathlib import Path

from harness.spec import SPECS
from reports.spec_doc import render

DOCS = Path(__file__).parents[2] / "docs"


def test_every_spec_is_printed_as_it_stands() -> None:
    for spec in SPECS:
        printed = (DOCS / f"spec-{spec}.md").read_text(encoding="utf-8")
        assert printed == render(spec), f"print it again: toylab spec {spec} > docs/spec-{spec}.md"
