"""The shelf gives back what was put there, and is an empty one wherever it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netns import scripts, shelf
from netns.plan import Plan
from netns.requests import script_of


def test_what_was_put_there_is_there_for_the_same_makings_only(empty_shelf: Path) -> None:
    shelf.put("cases", b"one", b"made")
    assert shelf.get("cases", b"one") == b"made"
    assert shelf.get("cases", b"two") is None
    assert shelf.get("requests", b"one") is None


def test_what_was_made_by_other_code_is_not_there(empty_shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put("cases", b"one", b"made")
    monkeypatch.setattr(shelf, "MAKERS", ("netns",))
    shelf._place.cache_clear()
    assert shelf.get("cases", b"one") is None


def test_only_the_newest_fingerprints_are_kept(empty_shelf: Path) -> None:
    for age in range(20):
        old = empty_shelf / "toylab" / f"old-{age}"
        old.mkdir(parents=True)
        os.utime(old, (age, age))
    shelf.put("cases", b"one", b"made")
    assert len(list((empty_shelf / "toylab").iterdir())) == shelf.MOST_FINGERPRINTS
    assert shelf.get("cases", b"one") == b"made"


def test_where_nothing_can_be_written_it_forgets_everything(empty_shelf: Path) -> None:
    empty_shelf.write_text("in the way")
    shelf.put("cases", b"one", b"made")
    assert shelf.get("cases", b"one") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_shelf_of_somebody_else_is_not_believed(empty_shelf: Path) -> None:
    shelf.put("cases", b"one", b"made")
    os.chown(empty_shelf / "toylab", 65534, 65534)
    shelf._place.cache_clear()
    assert shelf.get("cases", b"one") is None


def test_a_script_comes_back_as_it_was_put() -> None:
    script = script_of(Plan())
    assert scripts.load(scripts.dump(script)) == script
