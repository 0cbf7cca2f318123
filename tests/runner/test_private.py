"""Root runs the lab from a place that only its owner may read, as with sudo in somebody's home directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import toys

HERE = Path(toys.__file__ or "").parents[1]
ROOMS = ("harness", "netns", "reports", "scenarios", "toylab", "toys")
NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads what is closed to others")
def test_what_only_root_may_enter_is_told_with_a_remedy_and_nobody_is_judged_for_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for room in ROOMS:
        shutil.copytree(HERE / room, home / room, ignore=shutil.ignore_patterns("__pycache__"))
    os.chown(home, NOBODY, NOBODY)
    home.chmod(0o700)
    command = [sys.executable, "-m", "toylab", "run", "readiness", "-k", "ipv4 and epoll", "-o", str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(home)}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"only user {NOBODY} may enter" in done.stderr
    assert "run it as that user" in done.stderr
