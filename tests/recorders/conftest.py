"""Runs small Python programs under a real strace, and reads what it wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from harness import notation
from harness.events import Event
from harness.recorders import strace
from harness.recorders.recorded import Recorded

STRACE = (
    "strace", "-f", "--seccomp-bpf", "-q", "--absolute-timestamps=unix,ns", "--syscall-times=ns",
    "-e", "trace=network,desc,process,restart_syscall,rt_sigreturn",
)  # fmt: skip
PATIENCE_S = 20
IMPORTS = "import os, select, signal, socket, threading, time\n"

Record = Callable[..., str]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """strace's lines of a Python program that has these modules at hand."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")

    def run(program: str, *, status: int = 0) -> str:
        file = tmp_path / "strace.txt"
        done = subprocess.run(
            [*STRACE, "-o", str(file), sys.executable, "-I", "-S", "-c", IMPORTS + program],
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == status
        return file.read_text()

    return run


def root_of(text: str) -> int:
    return int(text.split(None, 1)[0])


def read(text: str) -> Recorded:
    return strace.parse(text, who="client", root=root_of(text))


def told(events: Iterable[Event]) -> str:
    """The events as text without times, with the ports that the kernel chose as `:p`."""
    lines = (line.split(None, 1)[1] for line in notation.lines(events))
    return "".join(f"{re.sub(r':[0-9]{4,5}(?![0-9])', ':p', ' '.join(line.split()))}\n" for line in lines)
