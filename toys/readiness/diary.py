"""What the program says of itself: to the journal for whoever recorded it, and on stdout for whoever watches.

Sockets have the names `client`, `listener`, `accepted1`, `accepted2` ... in the order of accept().
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from toys.readiness.states import NEXT
from toys.toy9.journal import Journal

Say = Callable[[str], None]


class Diary:
    """Each sentence once in the journal and once through `say`."""

    def __init__(self, journal: Journal, say: Say) -> None:
        self.state = "idle"
        self._journal = journal
        self._say = say

    def enter(self, state: str) -> None:
        assert state in NEXT[self.state], f"{state} cannot follow {self.state}"
        self._journal.state(self.state, state)
        self._say(state)
        self.state = state

    def tell(self, what: str, socket: str) -> None:
        """`readable`, `writable`, `accepted`, `ended`, `reset`, `closed`: what happened to which socket."""
        self._journal.callback(what, socket)
        self._say(f"{what} {socket}")

    def fact(self, name: str, text: object) -> None:
        self._journal.fact(name, text)
        self._say(f"{name} {text}")


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # nobody reads any more: what is still to be said goes nowhere, and the program goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


def silence(text: str) -> None:
    """--quiet."""
