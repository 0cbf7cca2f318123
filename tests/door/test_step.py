"""`toylab step` at a terminal: one key, one packet."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_S = 60
COMMAND = [sys.executable, "-c", "from toylab.cli import main; main()", "step"]


class Terminal:
    """A step command with a terminal of its own; `shown` is what it wrote so far."""

    def __init__(self, place: Path) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(COMMAND, stdin=theirs, stdout=theirs, stderr=theirs, cwd=place)
        os.close(theirs)
        self.shown = ""

    def until(self, text: str) -> bool:
        """Reads until this text is there; False if nothing more comes before it."""
        while text not in self.shown:
            if not select.select([self._ours], [], [], PATIENCE_S)[0]:
                return False
            try:
                self.shown += os.read(self._ours, 65_536).decode()
            except OSError:  # EIO: the other end is closed
                return False
        return True

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def close(self) -> int:
        status = self.process.wait(PATIENCE_S)
        os.close(self._ours)
        return status


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def test_each_key_shows_one_packet_more_and_q_ends_it(terminal: Terminal) -> None:
    assert terminal.until("server TCP")
    for step in ("listen()", "connect()", "S arrives"):
        assert step not in terminal.shown
        terminal.press(" ")
        assert terminal.until(step)
    terminal.press("q")
    assert terminal.until("pass")
    assert terminal.close() == 0
    assert "SA arrives" not in terminal.shown


def test_the_key_a_shows_all_others(terminal: Terminal) -> None:
    assert terminal.until("server TCP")
    terminal.press("a")
    assert terminal.until("pass")
    assert terminal.close() == 0
    assert "SA arrives" in terminal.shown
