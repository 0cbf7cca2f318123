"""Writes the pages of a report into the run directory: the overviews, and one page for each case.

A long run is shared among processes, each started as `python -m reports.html.pages RUN QUEUE`. The queue is a pipe with
a byte for each portion of the cases: who has written one reads the next, so that all are busy to the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment

from harness.result import CaseResult, RunResult
from reports import store
from reports.html.case_page import case_page
from reports.html.overviews import overviews
from reports.html.site import Site, site_of
from reports.html.templating import environment, write

CASES_A_PROCESS = 100
"""Fewer are written sooner than another interpreter has read the run."""
MOST_PORTIONS = 200


def write_html(run_dir: Path) -> Path:
    """Write every page beside what was recorded, and return the index. The same run gives the same bytes."""
    run = store.load_run(run_dir)
    site, pages = site_of(run_dir, run), environment()
    processes = max(1, min(len(os.sched_getaffinity(0)), len(run.cases) // CASES_A_PROCESS))
    queue = _queue(run)
    helpers = [_helper(run_dir, queue) for _ in range(1, processes)]
    for name, page, values in overviews(run_dir, site):
        write(run_dir, pages.get_template(f"{page}.html.j2").render(values), name)
    write_cases(run_dir, site, pages, _taken(queue, run))
    os.close(queue)
    for helper in helpers:
        if helper.wait():
            raise RuntimeError(f"a process that wrote pages ended with status {helper.returncode}")
    return run_dir / "index.html"


def write_cases(run_dir: Path, site: Site, pages: Environment, numbers: Iterable[int]) -> None:
    """The pages of these cases, by their place in the run."""
    page = pages.get_template("case.html.j2")
    for number in numbers:
        result = site.run.cases[number]
        stored, directory = store.load_case(run_dir, result), store.case_directory(run_dir, result)
        around = {"before": _at(site.run, number - 1), "after": _at(site.run, number + 1)}
        write(directory, page.render(case_page(site, stored, directory), **around))


def _queue(run: RunResult) -> int:
    """A descriptor to read from; nobody can write to it any more."""
    reads, writes = os.pipe()
    os.write(writes, bytes(range(-(-len(run.cases) // _portion(run)))))
    os.close(writes)
    return reads


def _taken(queue: int, run: RunResult) -> Iterator[int]:
    """The cases that nobody else has taken yet, portion by portion."""
    size = _portion(run)
    while taken := os.read(queue, 1):
        first = taken[0] * size
        yield from range(first, min(first + size, len(run.cases)))


def _portion(run: RunResult) -> int:
    """How many cases are taken at a time."""
    return len(run.cases) // MOST_PORTIONS + 1


def _helper(run_dir: Path, queue: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "reports.html.pages", str(run_dir.absolute()), str(queue)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(queue,))


def _at(run: RunResult, number: int) -> CaseResult | None:
    return run.cases[number] if 0 <= number < len(run.cases) else None


def _help(run: str, queue: str) -> None:
    run_dir = Path(run)
    result = store.load_run(run_dir)
    write_cases(run_dir, site_of(run_dir, result), environment(), _taken(int(queue), result))


if __name__ == "__main__":
    _help(*sys.argv[1:])
