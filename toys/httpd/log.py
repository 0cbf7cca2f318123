"""What the server says to people: one line each, with a level in front."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

Say = Callable[[str], None]


def info(text: str) -> None:
    _write(f"[INFO] {text}")


def warn(text: str) -> None:
    _write(f"[WARN] {text}")


def silence(text: str) -> None:
    """--quiet."""


def _write(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:  # nobody reads any more: what is still to be said goes nowhere, and the server goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())
