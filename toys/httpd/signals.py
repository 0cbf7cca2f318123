"""Signals as readiness: SIGTERM and SIGINT wake the loop by a pipe, and are acted upon in its turn like the rest."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from toys.loop import READ, Loop

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """While it is entered, `call` is called for each of STOPPING. Outside of the main thread it does nothing."""

    def __init__(self, loop: Loop, call: Callable[[], None]) -> None:
        self._loop, self._call = loop, call
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
            self._before = {number: signal.signal(number, _noted) for number in STOPPING}
            self._watcher = self._loop.watch(self._read, READ, self._came)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            signal.set_wakeup_fd(self._wakeup)
            self._watcher.stop()
            os.close(self._read)
            os.close(self._write)

    def _came(self, _: int) -> None:
        for number in os.read(self._read, 64):
            if number in STOPPING:
                self._call()


def _noted(number: int, frame: FrameType | None) -> None:
    """The pipe has it already. Without a handler of Python's, nothing would be written to it."""
