"""Sets up Jinja2 for the report: everything is escaped, and a page runs no script but ours, known by its digest."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.plain import in_ascii, plain
from harness.plain import markup as safe
from harness.result import CaseResult
from reports import evidence, tally
from reports.html import rows
from reports.html.compiled import Shelved

FOLDER = Path(__file__).parent / "templates"
MOST_LISTED = 24
"""A list of cases names no more than these; the index can filter for the rest."""


@cache
def environment() -> Environment:
    """The one of this process: templates that escape by themselves, with the words and signs that every page uses."""
    pages = Environment(
        loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False, bytecode_cache=Shelved(),
    )  # fmt: skip
    pages.filters |= {"plain": _plain, "one_line": marked(safe), "seconds": marked(tally.seconds)}
    pages.filters |= {"sentence": evidence.sentence, "stopped": evidence.stopped}
    pages.globals |= {"SIGN": _marked(tally.SIGN), "WORD": _marked(tally.WORD), "MOST_LISTED": MOST_LISTED}
    pages.globals |= {"blamed": tally.blamed, "href": href, "style": style, "script": script}
    pages.globals |= {"script_hash": script_hash, "verdict": marked(rows.verdict), "links": marked(rows.links)}
    return pages


def marked(make: Callable[[Any], str]) -> Callable[[Any], Markup]:
    """A maker of HTML that escapes by itself, for use in templates."""
    return lambda value: Markup(make(value))


@lru_cache(maxsize=4096)
def _plain(text: str) -> Markup:
    """For the text of an element, where line ends may stay; the same words come on every page."""
    return Markup(in_ascii(escape(plain(text))))


def _marked(words: dict[str, str]) -> dict[str, Markup]:
    return {name: Markup(safe(word)) for name, word in words.items()}


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


def href(case: CaseResult, root: str = "") -> Markup:
    return Markup(f"{root}{escape(quote(case.directory))}/index.html")


def write(directory: Path, text: str, name: str = "index.html") -> Path:
    """Write a page with the line ends of Unix, whatever the machine.

    A page that is there already is written over and not emptied first: to give back its blocks and to get others takes
    longer than to make the page.
    """
    target = directory / name
    with open(os.open(target, os.O_WRONLY | os.O_CREAT, 0o666), "wb") as file:
        file.write(text.encode())
        file.truncate()
    return target
