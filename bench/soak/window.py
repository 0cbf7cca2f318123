"""Runs a program with a window in it: whoever asks is told how many timers it has set, and how much it has allocated.

`python -m bench.soak.window DESCRIPTOR MODULE ARGUMENT...`. The toys know nothing of it.
"""

from __future__ import annotations

import runpy
import socket
import sys
import threading
from typing import Any

from toys.loop import timers

made: list[timers.Timers] = []


class Remembered(timers.Timers):
    """Timers that can be found again."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        made.append(self)


def count() -> int:
    """How many timers are set, in all loops. The copy is made in one step of the interpreter."""
    return sum(entry[2].due is not None for one in made for entry in list(one._heap))


def answer(window: socket.socket) -> None:
    """Timers, and blocks of the interpreter's allocator, for each byte, to the end of whoever asks."""
    while window.recv(1):
        window.send(b"%d %d\n" % (count(), sys.getallocatedblocks()))


def main() -> None:
    window = socket.socket(fileno=int(sys.argv[1]))
    module = sys.argv[2]
    del sys.argv[1:3]
    timers.Timers = Remembered  # type: ignore[misc]
    sys.modules["toys.loop.loop"].Timers = Remembered  # type: ignore[attr-defined]
    threading.Thread(target=answer, args=(window,), daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
