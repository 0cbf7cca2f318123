"""Templates come from the shelf where they have not changed, and make the same pages as those that were compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from reports.html import templating
from reports.html.compiled import Shelved

MANY = 3

pytestmark = pytest.mark.usefixtures("empty_shelf")


def page(text: str) -> str:
    """What a process that knows nothing yet makes of the template."""
    loader = DictLoader({"page.html": text})
    return Environment(loader=loader, autoescape=True, bytecode_cache=Shelved()).get_template("page.html").render(a="<")


def test_a_kept_template_needs_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    assert page("{{ a }} b") == "&lt; b"
    monkeypatch.setattr(Environment, "compile", None)
    assert page("{{ a }} b") == "&lt; b"


def test_a_template_that_changed_is_compiled_again() -> None:
    assert [page(text) for text in ("{{ a }} b", "{{ a }} c", "{{ a }} b")] == ["&lt; b", "&lt; c", "&lt; b"]


def test_an_entry_that_was_spoilt_is_made_anew(empty_shelf: Path) -> None:
    page("{{ a }} b")
    [entry] = empty_shelf.glob("toylab/*/template-*")
    whole = entry.read_bytes()
    for spoilt in (whole[:-20], whole[:30], b"", b"rubbish" * MANY):
        entry.write_bytes(spoilt)
        assert page("{{ a }} b") == "&lt; b"
        assert entry.read_bytes() == whole


def test_every_page_of_a_report_is_kept(empty_shelf: Path) -> None:
    templating.environment.cache_clear()
    names = [name for name in templating.environment().list_templates() if name.endswith(".j2")]
    for name in names:
        templating.environment().get_template(name)
    templating.environment.cache_clear()
    assert len(list(empty_shelf.glob("toylab/*/template-*"))) == len(names) > MANY
