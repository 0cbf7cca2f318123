"""The journal: what the program says of itself, one JSON object a line, to the descriptor in TOYLAB_JOURNAL_FD.

State, callback and fact names are those of the specification, not of this program: other programs can keep the same
journal.
"""

from __future__ import annotations

import json
import os
import time
from typing import Self

VARIABLE = "TOYLAB_JOURNAL_FD"


class Journal:
    """Writes each line with one write(2), so that a line is there whole or not at all.

    Without a descriptor it is silent.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def from_environment(cls) -> Self:
        """The journal that whoever started this program asked for, if any did."""
        number = os.environ.get(VARIABLE, "")
        return cls(int(number) if number.isdecimal() else None)

    def state(self, old: str, new: str) -> None:
        self._write(event="state", old=old, new=new)

    def callback(self, name: str, args: object = "") -> None:
        self._write(event="callback", name=name, args=str(args))

    def fact(self, name: str, text: object) -> None:
        self._write(event="fact", name=name, text=str(text))

    def _write(self, **said: str) -> None:
        if self._descriptor is not None:
            line = json.dumps({"at_ns": time.time_ns(), **said}) + "\n"
            os.write(self._descriptor, line.encode())
