"""The voice of the lab: what a run showed, told to people at a terminal, in a browser, in Wireshark, and to CI servers.

write_html(run_dir)            pages beside the recordings; returns the index
write_junit(run_dir, target)   JUnit XML
write_ctrf(run_dir, target)    Common Test Report Format
write_comparison(...)          the page of what changed since another run
text, flow, json_out, github, perfetto, drawing.figure   the other forms, each a module with its own functions
"""

from __future__ import annotations

from pathlib import Path


def write_html(run_dir: Path) -> Path:
    """Write the HTML report into the run directory and return its index.html. NotARun if there is no finished run."""
    from reports.html.helpers import helped

    with helped(run_dir) as queue:
        from reports.html.pages import write_pages  # takes 300 ms to import: only for those who ask for pages

        return write_pages(run_dir, queue)


def prepare_html(spec: str) -> None:
    """Import and compile what `write_html` needs for a run of this spec, for who has the time before there is one."""
    from reports.html import pages

    pages.prepare(spec)


def write_comparison(run_dir: Path, against: Path) -> Path:
    """Write compare.html, what changed since the run `against`, into the run directory, and return it."""
    from reports.html.compare_page import write_comparison as write

    return write(run_dir, against)


def write_junit(run_dir: Path, target: Path) -> Path:
    """Write the run as JUnit XML to `target` and return it. NotARun if there is no finished run."""
    from reports.junit import write_junit as write

    return write(run_dir, target)


def write_ctrf(run_dir: Path, target: Path) -> Path:
    """Write the run in the Common Test Report Format to `target` and return it. NotARun if there is no finished run."""
    from reports import ctrf, store

    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(ctrf.render(store.load_run(run_dir)), encoding="utf-8", newline="\n")
    return target
