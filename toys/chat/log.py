"""Lines on stdout that block nobody: a server whose terminal was stopped goes on serving.

O_NONBLOCK belongs to the open file, which the shell and others share, so it is set on a second opening of it. What does
not fit is left out, and counted. A regular file blocks nobody and is not opened again: the place where the next one
writes belongs to the open file as well, and who shares it with us would write over our lines.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

MOST_BYTES = 1 << 16


class Log:
    """What is noted is written by one call at the end of the turn (`soon` puts it there). No descriptor: no log."""

    def __init__(
        self, soon: Callable[[Callable[[], None]], None], descriptor: int | None, *, is_quiet: bool = False
    ) -> None:
        self.is_quiet = is_quiet
        self._soon = soon
        self._waiting = bytearray()
        self._left_out = 0
        self._is_due = False
        self._descriptor = None if descriptor is None else _reopened(descriptor)

    def note(self, line: str) -> None:
        """What happened; left out by who wants it quiet."""
        if not self.is_quiet:
            self.tell(line)

    def tell(self, line: str) -> None:
        """What everybody wants to know."""
        if self._descriptor is None:
            return
        if not self._is_due:
            self._is_due = True
            self._soon(self.flush)
        if len(self._waiting) > MOST_BYTES:
            self._left_out += 1
        else:
            self._waiting += f"{line}\n".encode()

    def flush(self) -> None:
        self._is_due = False
        if not self._waiting or self._descriptor is None:
            return
        try:
            del self._waiting[: os.write(self._descriptor, self._waiting)]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more: there is nothing to be said
            self._descriptor = None
            return
        if self._left_out and not self._waiting:
            self._waiting += f"[Server] {self._left_out} lines were left out\n".encode()
            self._left_out = 0


def _reopened(descriptor: int) -> int:
    """The same file, non-blocking for us alone; where that cannot be (a socket) or need not, the one that is there."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return descriptor
