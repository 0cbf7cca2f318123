"""Writes the pages of a report into the run directory: the overviews, and one page for each case.

A long run is shared among processes, each started as `python -m reports.html.pages RUN FIRST STEP`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from jinja2 import Environment

from harness.result import CaseResult, RunResult
from reports import store
from reports.html.case_page import case_page
from reports.html.overviews import overviews
from reports.html.site import Site, site_of
from reports.html.templating import environment, write

CASES_A_PROCESS = 150
"""Fewer are written sooner than another interpreter has read the run."""


def write_html(run_dir: Path) -> Path:
    """Write every page beside what was recorded, and return the index. The same run gives the same bytes."""
    run = store.load_run(run_dir)
    site, pages = site_of(run_dir, run), environment()
    processes = max(1, min(len(os.sched_getaffinity(0)), len(run.cases) // CASES_A_PROCESS))
    helpers = [_helper(run_dir, first, processes) for first in range(1, processes)]
    write_cases(run_dir, site, pages, range(0, len(run.cases), processes))
    for name, page, values in overviews(run_dir, site):
        write(run_dir, pages.get_template(f"{page}.html.j2").render(values), name)
    for helper in helpers:
        if helper.wait():
            raise RuntimeError(f"a process that wrote pages ended with status {helper.returncode}")
    return run_dir / "index.html"


def write_cases(run_dir: Path, site: Site, pages: Environment, numbers: range) -> None:
    """The pages of these cases, by their place in the run."""
    page = pages.get_template("case.html.j2")
    for number in numbers:
        result = site.run.cases[number]
        stored, directory = store.load_case(run_dir, result), store.case_directory(run_dir, result)
        around = {"before": _at(site.run, number - 1), "after": _at(site.run, number + 1)}
        write(directory, page.render(case_page(site, stored, directory), **around))


def _helper(run_dir: Path, first: int, step: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "reports.html.pages", str(run_dir.absolute()), str(first), str(step)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _at(run: RunResult, number: int) -> CaseResult | None:
    return run.cases[number] if 0 <= number < len(run.cases) else None


def _help(run: str, first: str, step: str) -> None:
    run_dir = Path(run)
    result = store.load_run(run_dir)
    write_cases(run_dir, site_of(run_dir, result), environment(), range(int(first), len(result.cases), int(step)))


if __name__ == "__main__":
    _help(*sys.argv[1:])
