"""The pages in a real browser, where one is installed: filters, selection, no complaint on the console."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import reports

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")


def opened(page: Path, fragment: str, profile: Path) -> str:
    """The page's elements after its script ran; fails on anything that it says on the console."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [str(BROWSER), *SWITCHES, *as_root, f"--user-data-dir={profile}", f"{page.as_uri()}{fragment}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "CONSOLE" not in done.stderr
    return done.stdout


def test_the_index_filters_by_clause_and_verdict_from_its_address(run_dir: Path, tmp_path: Path) -> None:
    text = opened(reports.write_html(run_dir), "#q=t9-07&v=fail", tmp_path / "profile")
    rows = dict(re.findall(r'<tr class="row" data-search="(\S+)[^>]*?"( hidden="")?>', text))
    assert rows == {"refused": ' hidden=""', "refused-while-queued": "", "late-syn-ack": ' hidden=""'}
    assert re.search(r'<output id="shown"[^>]*>1 of 3 cases</output>', text)


def test_an_event_in_the_address_is_selected_in_diagram_timeline_and_log(run_dir: Path, tmp_path: Path) -> None:
    reports.write_html(run_dir)
    page = run_dir / "cases/refused-while-queued/ipv4-epoll/index.html"
    text = opened(page, "#e24", tmp_path / "profile")
    selected = re.findall(r'id="([etl]\d+)" class="[^"]*\bselected\b', text)
    assert sorted(selected) == ["e24", "l24", "t24"]
    drawer = re.search(r'<aside id="drawer".*?</aside>', text, re.DOTALL)
    assert drawer is not None
    assert "hidden" not in drawer[0].partition(">")[0]
    assert "getsockopt(sock1, SO_ERROR) = 0" in drawer[0]
    assert 'href="#c-T9-07"' in drawer[0]
