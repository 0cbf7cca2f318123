"""Which lines of ours followed which: an input that shows a pair that was never seen has come further than others.

sys.settrace() costs a call for each line, which is why only our own files are followed and libraries are not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[2]


class Coverage:
    """`folders` are those of this project whose lines count."""

    def __init__(self, *folders: str) -> None:
        self._folders = tuple(str(ROOT / folder) for folder in folders)
        self._numbers: dict[CodeType, int] = {}
        self._pairs: set[tuple[int, int]] = set()
        self._before = 0

    def __len__(self) -> int:
        return len(self._pairs)

    @contextmanager
    def following(self) -> Iterator[None]:
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        number = self._numbers.get(frame.f_code)
        if number is None:
            is_ours = frame.f_code.co_filename.startswith(self._folders)
            number = self._numbers[frame.f_code] = (len(self._numbers) + 1) << 16 if is_ours else 0
        return self._went_on if number else None

    def _went_on(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            now = self._numbers[frame.f_code] + frame.f_lineno
            self._pairs.add((self._before, now))
            self._before = now
        return self._went_on
