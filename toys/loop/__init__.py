"""A small event loop: watchers, timers, deferred calls. What the other toys stand on, written to be read.

    loop = Loop("epoll-et")
    watcher = loop.watch(sock, READ, lambda ready: ...)
    timer = loop.after(10.0, give_up)
    loop.run()

One turn is one wait in the poller and all that it brought: readiness first, because what has happened has happened,
then the timers that are due, then the calls that were put off. Nothing in a turn blocks but the wait.
"""

from __future__ import annotations

from toys.loop.backends import BACKENDS, RDHUP, READ, WRITE
from toys.loop.loop import Loop, Watcher
from toys.loop.timers import Timer

__all__ = ["BACKENDS", "RDHUP", "READ", "WRITE", "Loop", "Timer", "Watcher"]
