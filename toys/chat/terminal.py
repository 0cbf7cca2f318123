"""stdin and stdout of the client: read when there is something, never waited for.

O_NONBLOCK would change the terminal for the shell as well. It is not needed: a terminal or pipe that a poller calls
readable answers one read at once. A regular file or /dev/null is always readable, and epoll refuses to watch it with
EPERM (epoll_ctl(2)), so that is read a piece a turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from toys.loop import READ, Loop, Watcher

CHUNK = 1 << 12


class Input:
    """`typed` gets what was read, and nothing at the end of input. Reads only between `start` and `stop`."""

    def __init__(self, loop: Loop, descriptor: int, typed: Callable[[bytes], None]) -> None:
        self._loop, self._descriptor, self._typed = loop, descriptor, typed
        self._watcher: Watcher | None = None
        self._is_on = False

    def start(self) -> None:
        if self._is_on:
            return
        self._is_on = True
        try:
            self._watcher = self._loop.watch(self._descriptor, READ, lambda _: self._read())
        except PermissionError:
            self._loop.soon(self._read_on)

    def stop(self) -> None:
        self._is_on = False
        if self._watcher:
            self._watcher.stop()
            self._watcher = None

    def _read_on(self) -> None:
        if self._is_on:
            self._read()
            self._loop.soon(self._read_on)

    def _read(self) -> None:
        data = os.read(self._descriptor, CHUNK)
        if not data:
            self.stop()
        elif self._watcher:
            self._watcher.rearm()
        self._typed(data)


def show(line: str) -> None:
    """A line on stdout, at once; when nobody reads stdout any more, what is said there goes nowhere."""
    try:
        data = f"{line}\n".encode()
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
