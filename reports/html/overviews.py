"""Names the pages about the whole run, with what each shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports.html.index_page import index_page
from reports.html.run_pages import environment_page, kills_page
from reports.html.site import Site
from reports.html.spec_page import spec_page


def overviews(run_dir: Path, site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, template and values of each page."""
    yield "index.html", "index", index_page(run_dir, site)
    for spec, file in site.specs.items():
        yield file, "spec", spec_page(site, spec)
    if site.kills:
        yield "kills.html", "kills", kills_page(site)
    yield "environment.html", "environment", environment_page(site)
