"""Directories to measure in, removed when everything is measured.

Who removes one after each measurement slows down the next: for five seconds ext4 gives no inode away again that was
freed, and looks through all of these for each new file (recently_deleted() in fs/ext4/ialloc.c), 2 ms for a case.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


def fresh() -> Path:
    """A new one."""
    return Path(tempfile.mkdtemp(dir=_place()))


@cache
def _place() -> str:
    place = tempfile.mkdtemp(prefix="toylab-bench-")
    atexit.register(shutil.rmtree, place)
    return place
