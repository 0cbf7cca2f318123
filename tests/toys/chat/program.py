"""chat as a program of its own: a server that has said where it listens, and clients in pipes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

COMMAND = (sys.executable, "-m", "toys.chat")
ROOT = str(Path(__file__).parents[3])
PATIENCE_S = 60


class Program:
    """Started; `finish` gives what it said on stdout and how it ended."""

    def __init__(self, *arguments: object, stdin: int | None = subprocess.PIPE) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            bufsize=1, env={**os.environ, "PYTHONPATH": ROOT},
        )  # fmt: skip
        self.heard: list[str] = []

    def wait_for(self, text: str) -> str:
        """The next line that has this text in it; fails if the program ends without."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was never said; it was {self.heard}")

    def type(self, text: str) -> None:
        stdin: IO[str] | None = self.process.stdin
        assert stdin is not None
        stdin.write(text)
        stdin.flush()

    def finish(self, status: int = 0) -> str:
        stdout, stderr = self.process.communicate(timeout=PATIENCE_S)
        assert (self.process.returncode, stderr) == (status, ""), (stdout, stderr)
        return "".join(self.heard) + stdout

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@contextmanager
def chat(*arguments: object, stdin: int | None = subprocess.PIPE) -> Iterator[Program]:
    program = Program(*arguments, stdin=stdin)
    try:
        yield program
    finally:
        program.close()


@contextmanager
def served(*options: object) -> Iterator[tuple[Program, int]]:
    """A server on a port that the kernel chose, and that port."""
    with chat("server", "127.0.0.1", "0", *options) as program:
        found = re.search(r"Listening on port (\d+)", program.wait_for("Listening"))
        assert found is not None
        yield program, int(found[1])
