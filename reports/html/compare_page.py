"""Writes the page that says what changed since another run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports import store
from reports.compare import compare, trace_diff
from reports.html.site import site_of
from reports.html.templating import environment, write

MOST_DIFFS = 40
"""More cases with another trace are named without saying how it differs."""


def write_comparison(run_dir: Path, against: Path) -> Path:
    """Write compare.html beside the run's index and return it. NotARun if one of the two is no finished run."""
    after, before = store.load_run(run_dir), store.load_run(against)
    found = compare(before, after)
    diffs = {one.id: trace_diff(against, run_dir, one) for one in found.traces[:MOST_DIFFS]}
    values: dict[str, Any] = {
        "site": site_of(run_dir, after), "here": "compare.html", "root": "",
        "found": found,
        "diffs": diffs,
        "other": quote(os.path.relpath(against.absolute(), run_dir.absolute())) + "/",
    }  # fmt: skip
    return write(run_dir, environment().get_template("compare.html.j2").render(values), "compare.html")
