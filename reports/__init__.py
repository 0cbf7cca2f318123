"""The voice of the lab: what a run showed, told to people at a terminal, in a browser, in Wireshark, and to CI servers.

write_html(run_dir)            pages beside the recordings; returns the index
write_junit(run_dir, target)   JUnit XML
text, json_out, github         the other forms, each a module with its own functions
"""

from __future__ import annotations

from pathlib import Path


def write_html(run_dir: Path) -> Path:
    """Write the HTML report into the run directory and return its index.html. NotARun if there is no finished run."""
    from reports.html.pages import write_html as write  # jinja2 takes 95 ms to import: only for those who ask for pages

    return write(run_dir)


def write_junit(run_dir: Path, target: Path) -> Path:
    """Write the run as JUnit XML to `target` and return it. NotARun if there is no finished run."""
    from reports.junit import write_junit as write

    return write(run_dir, target)
