"""toy9 as a program of its own: started, watched by strace if asked, and what it left behind."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PATIENCE_S = 30
COMMAND = (sys.executable, "-m", "toys.toy9")
STRACE = ("strace", "-f", "-q", "--seccomp-bpf", "-e", "trace=%network,%desc", "-o")
ROOT = str(Path(__file__).parents[2])


class Done(NamedTuple):
    """`said` is the journal, `calls` are strace's lines."""

    status: int
    stdout: str
    stderr: str
    said: list[dict[str, str]]
    calls: list[str]

    @property
    def states(self) -> list[str]:
        return [line["new"] for line in self.said if line["event"] == "state"]

    def facts(self, name: str) -> list[str]:
        return [line["text"] for line in self.said if line["event"] == "fact" and line["name"] == name]


class Running:
    """A started program; `finish` waits for its end."""

    def __init__(self, arguments: tuple[str, ...], mutant: str, trace: Path | None, *before: str) -> None:
        self._journal = tempfile.TemporaryFile()  # noqa: SIM115  closed by finish()
        number = self._journal.fileno()
        environment = {**os.environ, "PYTHONPATH": ROOT, "TOYLAB_JOURNAL_FD": str(number), "TOYLAB_MUTANT": mutant}
        self._trace = trace
        self.process = subprocess.Popen(
            [*((*STRACE, str(trace)) if trace else ()), *before, *COMMAND, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[number], env=environment, text=True,
            start_new_session=True,
        )  # fmt: skip

    def finish(self, patience_s: float = PATIENCE_S) -> Done:
        """What it left behind. TimeoutExpired if it does not end."""
        stdout, stderr = self.process.communicate(timeout=patience_s)
        return Done(self.process.returncode, stdout, stderr, self.said(), self._calls())

    def said(self) -> list[dict[str, str]]:
        size = os.fstat(self._journal.fileno()).st_size
        return [json.loads(line) for line in os.pread(self._journal.fileno(), size, 0).splitlines()]

    def has_begun(self, patience_s: float = PATIENCE_S) -> bool:
        """Waits for the first line of its journal, or its end. Starting Python takes as long as the machine likes."""
        end = time.monotonic() + patience_s
        while not (begun := bool(self.said())) and time.monotonic() < end and self.process.poll() is None:
            select.select([], [], [], 0.005)
        return begun

    def says(self, text: str, patience_s: float = PATIENCE_S) -> bool:
        """Waits until a line of its output has this text; False if none comes, or none in time."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], patience_s)[0] and (line := self._line()):
            if text in line:
                return True
        return False

    def is_refused(self, error: str, patience_s: float) -> bool:
        """Looks at strace's lines until a write was answered with this error, or the program has ended."""
        assert self._trace is not None
        end = time.monotonic() + patience_s
        while time.monotonic() < end and self.process.poll() is None:
            if f"= -1 {error}" in self._trace.read_text().rpartition("sendto(")[2]:
                return True
        return False

    def _line(self) -> str:
        """One line, byte by byte: a buffer would hide from select() what it holds."""
        assert self.process.stdout is not None
        line = b""
        while not line.endswith(b"\n") and (byte := os.read(self.process.stdout.fileno(), 1)):
            line += byte
        return line.decode()

    def close(self) -> None:
        """Ends strace with what it watches: alone, it would leave that running."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr, self._journal):
            if stream is not None:
                stream.close()

    def _calls(self) -> list[str]:
        return self._trace.read_text().splitlines() if self._trace else []


@contextmanager
def toy9(
    *arguments: object, mutant: str = "", trace: Path | None = None, before: tuple[str, ...] = ()
) -> Iterator[Running]:
    """The program with these arguments; `before` is the command that starts it."""
    running = Running(tuple(map(str, arguments)), mutant, trace, *before)
    try:
        yield running
    finally:
        running.close()


def sequence(calls: list[str]) -> list[str]:
    """The calls on the first TCP socket, and the waits since it was made, in short."""
    lines = whole(calls)
    first = next((n for n, line in enumerate(lines) if re.match(r"socket\(AF_INET6?, SOCK_STREAM", line)), len(lines))
    number = lines[first].rpartition("= ")[2] if lines[first:] else ""
    return [word for line in lines[first:] if (word := _short(line, number))]


def whole(calls: list[str]) -> list[str]:
    """strace's lines without pids and signals, each call whole where another thread's line came between."""
    return [line for _, line in threaded(calls)]


def threaded(calls: list[str]) -> list[tuple[str, str]]:
    """The same lines, each with the pid of the thread that called."""
    begun: dict[str, str] = {}
    lines = []
    for pid, line in (call.split(None, 1) for call in calls):
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", line):
            lines.append((pid, begun.pop(pid, "") + resumed[1]))
        elif line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix("<unfinished ...>")
        elif not line.startswith(("+++", "---")):
            lines.append((pid, line))
    return lines


def _short(line: str, number: str) -> str:
    """`connect EINPROGRESS`, `epoll_ctl ADD OUT`; empty for what concerns another descriptor."""
    name, _, rest = line.partition("(")
    if name == "epoll_ctl":
        told = re.match(rf"\d+, EPOLL_CTL_(\w+), {number}, (?:NULL|0x\w+|{{events=([A-Z|]+))", rest)
        return (
            " ".join(word for word in ("epoll_ctl", told[1], (told[2] or "").replace("EPOLL", "")) if word)
            if told
            else ""
        )
    if name in ("epoll_wait", "epoll_pwait", "poll", "ppoll", "select", "pselect6"):
        return "wait"
    if name == "socket" or rest.startswith((f"{number},", f"{number})")):
        error = re.search(r"= -1 (E\w+)", rest)
        return f"{name} {error[1]}" if error else name
    return ""
