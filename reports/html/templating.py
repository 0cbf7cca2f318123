"""Sets up Jinja2 for the report: everything is escaped, and a page runs no script but ours, known by its digest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.plain import one_line, plain
from harness.result import CaseResult
from reports import evidence, tally
from reports.html import rows

FOLDER = Path(__file__).parent / "templates"
MOST_LISTED = 24
"""A list of cases names no more than these; the index can filter for the rest."""


def environment() -> Environment:
    """Templates that escape by themselves, with the words and signs that every page uses."""
    pages = Environment(
        loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters |= {"plain": plain, "one_line": one_line, "seconds": tally.seconds, "sentence": evidence.sentence}
    pages.filters |= {"stopped": evidence.stopped}
    pages.globals |= {"SIGN": tally.SIGN, "WORD": tally.WORD, "MOST_LISTED": MOST_LISTED}
    pages.globals |= {"blamed": tally.blamed, "href": href, "style": style, "script": script}
    pages.globals |= {"script_hash": script_hash, "verdict": marked(rows.verdict), "links": marked(rows.links)}
    return pages


def marked(make: Callable[[Any], str]) -> Callable[[Any], Markup]:
    """A maker of HTML that escapes by itself, for use in templates."""
    return lambda value: Markup(make(value))


@cache
def style(name: str) -> Markup:
    """A style sheet of ours."""
    return Markup((FOLDER / "css" / f"{name}.css").read_text(encoding="utf-8"))


@cache
def script(name: str) -> Markup:
    """A script of ours; it holds nothing that would end its element."""
    return Markup((FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8"))


@cache
def script_hash(name: str) -> str:
    """The script by its digest, so that the page's policy runs no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script(name).encode()).digest()).decode()


def href(case: CaseResult, root: str = "") -> str:
    return f"{root}{quote(case.directory)}/index.html"


def write(directory: Path, text: str, name: str = "index.html") -> Path:
    """Write a page with the line ends of Unix, whatever the machine."""
    target = directory / name
    target.write_text(text, encoding="utf-8", newline="\n")
    return target
