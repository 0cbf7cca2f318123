"""Threads that put a server under load until they are told to stop, and what went wrong in them."""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from bench.soak.server import Server

MOST_FAULTS = 5
Client = TypeVar("Client")


class Wrong(Exception):
    """What the server did is not what it should have done; the text says what."""


class Load:
    """`done` counts by name; `faults` are texts. Safe from every thread."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server, self._seed = server, seed
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self.is_over = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def count(self, what: str, by: int = 1) -> None:
        with self._lock:
            self.done[what] += by

    def fault(self, text: str) -> None:
        with self._lock:
            self.faults.append(text)
            if len(self.faults) >= MOST_FAULTS:
                self.is_over.set()

    def start(self, work: Callable[[Random], None]) -> None:
        """Does this again and again in a thread of its own. Whatever it raises is a fault."""
        random = Random(f"{self._seed} {len(self._threads)}")
        self._threads.append(threading.Thread(target=self._repeat, args=(work, random), daemon=True))
        self._threads[-1].start()

    def _repeat(self, work: Callable[[Random], None], random: Random) -> None:
        while not self.is_over.is_set():
            try:
                work(random)
            except Exception as error:
                at = traceback.extract_tb(error.__traceback__)
                places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(at[-4:]))
                self.fault(f"{type(error).__name__}: {error} ({places})")

    def stop(self) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()


Deed = Callable[[Load, Random], None]


def drawn(load: Load, deeds: dict[Deed, int]) -> Callable[[Random], None]:
    """One deed after the other, each as often as its weight says."""
    names, weights = list(deeds), list(deeds.values())

    def one(random: Random) -> None:
        deed = random.choices(names, weights)[0]
        deed(load, random)
        load.count(deed.__name__.replace("_", " "))

    return one
