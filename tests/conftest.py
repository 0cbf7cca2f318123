"""What every test may rely on, wherever the tests were started from."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from netns import shelf

# How long an example takes is the machine's affair, and a busy machine is no failure.
settings.register_profile("toylab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("toylab")

# A shell starts `pytest &` with SIGINT ignored, and programs under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def empty_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's cache directory for this test, in which nothing is kept yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shelf._place.cache_clear()
    yield tmp_path / "cache"
    shelf._place.cache_clear()
