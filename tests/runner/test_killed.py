"""However the front ends, nothing of the run is left: no process, no namespace, no mount, no file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from .sandboxed import lacking_tracepoint

FRONT = """
import sys
from pathlib import Path
from harness.case import Case, Program
from harness.runner.front import Job, Options, Rig
from netns.plan import Plan
case = Case(id="hangs::x", spec="toy9", scenario="hangs", axes={}, file="", line=1, why="", plan=Plan(),
            subject=Program(on="client", argv=("sleep", "60")), deadline_ms=60_000)
with Rig(Options(directory=Path(sys.argv[1]), jobs=3, tracepoint=len(sys.argv) > 2)) as rig:
    quick = [Job(Case(id=f"quick{n}::x", spec="toy9", scenario=f"quick{n}", axes={}, file="", line=1, why="",
                      plan=Plan(), subject=Program(on="client", argv=("true",)))) for n in range(2)]
    for number, result in enumerate(rig.run([*quick, *[Job(case, n) for n in range(1, 4)]]), 1):
        if number == 2:
            print("under way", flush=True)
"""


def descendants(pid: int) -> set[int]:
    """Everyone below a process, by the parents in /proc, whatever session they are in."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def networks(pids: set[int]) -> set[str]:
    """The network namespaces that these processes stand in: three labs of sleeping programs make four with ours."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            found.add(os.readlink(f"/proc/{pid}/ns/net"))
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/exe").exists() or Path(f"/proc/{pid}/stat").exists()}


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever the test finds, its own process does not stay."""
    try:
        yield
    finally:
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_killed_front_leaves_nothing(how: signal.Signals, tmp_path: Path) -> None:
    _kill_one(how, tmp_path)


@pytest.mark.skipif(bool(lacking_tracepoint()), reason=f"the tracepoint cannot be had: {lacking_tracepoint()}")
def test_a_killed_front_leaves_nothing_of_the_tracepoint(tmp_path: Path) -> None:
    """Perf events have no name in any file system: they are gone with the last process that had a descriptor."""
    instances = sorted(os.listdir("/sys/kernel/tracing/instances"))
    _kill_one(signal.SIGKILL, tmp_path, "tracepoint")
    assert sorted(os.listdir("/sys/kernel/tracing/instances")) == instances


def _kill_one(how: signal.Signals, tmp_path: Path, *options: str) -> None:
    command = [sys.executable, "-c", FRONT, str(tmp_path / "run"), *options]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as front,
        ending(front),
    ):
        assert front.stdout is not None
        assert front.stdout.readline() == "under way\n"
        limit = time.monotonic() + 20
        below: set[int] = set()
        while len(networks(below)) < 4 and time.monotonic() < limit:
            below = descendants(front.pid)
        assert os.listdir(tmp_path) == [".run.part"]
        front.send_signal(how)
        front.wait()
    while (left := alive(below)) and time.monotonic() < limit:
        time.sleep(0.01)
    assert not left
    while (files := os.listdir(tmp_path)) and time.monotonic() < limit:
        time.sleep(0.01)
    assert files == []
