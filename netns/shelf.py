"""A shelf on disk: what takes long to make, and comes out the same whenever it is made of the same.

Entries lie in the user's cache directory ($XDG_CACHE_HOME, basedir-spec), under the fingerprint of the code that makes
them, so that nothing survives a change of that code. A shelf that cannot be used is an empty one that forgets
everything: whoever asks it makes the thing again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

MOST_FINGERPRINTS = 8
"""Several interpreters and checkouts of one user each have their own; the oldest are thrown away."""
MAKERS = ("netns", "harness", "reports")
LIBRARIES = ("pyroute2", "pydantic", "yaml", "jinja2")
"""The packages of ours, and of others, whose code decides what comes out."""


def get(kind: str, made_of: bytes) -> bytes | None:
    """What was put there under the same kind and makings, or None."""
    place = _place()
    if place is None:
        return None
    try:
        return (place / _name(kind, made_of)).read_bytes()
    except OSError:
        return None


def put(kind: str, made_of: bytes, data: bytes) -> None:
    """The entry is there whole or not at all, also for other processes."""
    place = _place()
    if place is None:
        return
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=place)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(name, place / _name(kind, made_of))


def _name(kind: str, made_of: bytes) -> str:
    return f"{kind}-{hashlib.sha256(made_of).hexdigest()[:32]}"


@cache
def _place() -> Path | None:
    """The directory of this code's entries, ours and closed to others; None where there can be none."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    shelf = Path(home) / "toylab"
    place = shelf / _fingerprint()
    try:
        if not place.is_dir():
            place.mkdir(mode=0o700, parents=True)
            _throw_away(sorted(shelf.iterdir(), key=os.path.getmtime)[:-MOST_FINGERPRINTS])
        return place if place.stat().st_uid == os.geteuid() and shelf.stat().st_uid == os.geteuid() else None
    except OSError:
        return None


def _throw_away(places: Iterable[Path]) -> None:
    for place in places:
        shutil.rmtree(place, ignore_errors=True)


def _fingerprint() -> str:
    """Of every source file its size and time; of libraries where they lie, and since when; of Python its version."""
    told = hashlib.sha256(sys.version.encode())
    for library in LIBRARIES:
        found = importlib.util.find_spec(library)  # does not import it
        if found is not None and found.origin is not None:
            told.update(f"{found.origin} {os.stat(found.origin).st_mtime_ns}\n".encode())
    root = Path(__file__).parent.parent
    for package in MAKERS:
        for folder, _, names in os.walk(root / package):
            for name in sorted(name for name in names if name.endswith(".py")):
                status = os.stat(os.path.join(folder, name))
                told.update(f"{folder}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return told.hexdigest()[:16]
