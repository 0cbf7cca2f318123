"""Where a run may be written: it replaces its directory as a whole, so nothing of the user's own may be in it."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError


def check_directory(directory: Path) -> None:
    """Raises UsageError, before anything ran, for a directory that a run must not replace or cannot make."""
    whole = directory.absolute()
    if os.path.isdir(whole):  # pathlib's own raises where a directory on the way may not be entered
        if Path.cwd().is_relative_to(whole.resolve()):
            raise UsageError(f"{directory} is where you are, and a run replaces its directory; name one below it")
        if any(whole.iterdir()) and not (whole / "run.json").is_file():
            raise UsageError(f"{directory} holds something that is no run, and a run would replace it; name another")
    elif os.path.lexists(whole):
        raise UsageError(f"{directory} is no directory, and a run would replace it; name another")
    _check_parent(whole)


def check_file(file: Path) -> None:
    """Raises UsageError for a file that cannot be written once the run is over."""
    if os.path.isdir(file):
        raise UsageError(f"{file} is a directory, not a file")
    _check_parent(file.absolute())


def _check_parent(path: Path) -> None:
    """A directory on the way may still be missing; the nearest one that exists must be one that can be written to."""
    nearest = next(parent for parent in path.parents if os.path.exists(parent))
    if not (os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK)):
        raise UsageError(f"{path} cannot be written: {nearest} does not allow it")
