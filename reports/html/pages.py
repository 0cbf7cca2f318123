"""Writes the pages of a report into the run directory: the overviews, and one page for each case.

As a program it helps with the latter; see reports/html/helpers.py.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment

from harness.result import CaseResult, RunResult
from harness.spec import SPECS, clauses_of, coverage_of
from reports import store
from reports.html.case_page import case_page
from reports.html.helpers import Queue
from reports.html.overviews import overviews
from reports.html.site import Site, site_of
from reports.html.templating import environment, write

TEMPLATES = ("index", "spec", "environment", "case", "refusals", "parts")


def write_pages(run_dir: Path, queue: Queue) -> Path:
    """Write every page beside what was recorded, and return the index. The same run gives the same bytes."""
    with _no_collection():
        run = store.load_run(run_dir)
        queue.fill(len(run.cases))
        site, pages = site_of(run_dir, run), environment()
        for name, page, values in overviews(run_dir, site):
            write(run_dir, pages.get_template(f"{page}.html.j2").render(values), name)
        write_cases(run_dir, site, pages, queue.take(len(run.cases)))
    return run_dir / "index.html"


def prepare(spec: str) -> None:
    """Compile the templates that every report has, and import the clauses of the spec, if it is one of ours."""
    pages = environment()
    for name in TEMPLATES:
        pages.get_template(f"{name}.html.j2")
    if spec in SPECS:
        clauses_of(spec)
        coverage_of(spec)


def write_cases(run_dir: Path, site: Site, pages: Environment, numbers: Iterable[int]) -> None:
    """The pages of these cases, by their place in the run."""
    page = pages.get_template("case.html.j2")
    for number in numbers:
        result = site.run.cases[number]
        stored = store.load_case(run_dir, result)
        around = {"before": _at(site.run, number - 1), "after": _at(site.run, number + 1)}
        write(stored.directory, page.render(case_page(site, stored), **around))


@contextmanager
def _no_collection() -> Iterator[None]:
    """A run is a hundred thousand objects; none of them, nor of a page's, is in a circle that had to be looked for."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _at(run: RunResult, number: int) -> CaseResult | None:
    return run.cases[number] if 0 <= number < len(run.cases) else None


def _help(run_dir: Path, queue: Queue) -> None:
    gc.disable()
    run = store.load_run(run_dir)
    write_cases(run_dir, site_of(run_dir, run), environment(), queue.take(len(run.cases)))


if __name__ == "__main__":
    try:
        _help(Path(sys.argv[1]), Queue(int(sys.argv[2])))
    except store.NotARun:
        sys.exit(1)  # whoever started us says so
