"""Starts the warm process from which programs are forked, with strace around it where there is one."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from typing import NamedTuple

from harness.runner import channel

CALLS = "network,desc,process"
STRACE = (
    "-f", "--seccomp-bpf", "-q", "--absolute-timestamps=unix,ns", "--syscall-times=ns", "-s", "256", "-e", f"trace={CALLS}",
)  # fmt: skip
PIPE_BYTES = 1 << 20
TOYS = ("toy9",)


class Warm(NamedTuple):
    """The zygote's socket, and the pipe that strace writes to (None where nothing traces)."""

    end: socket.socket
    calls: int | None
    process: subprocess.Popen[bytes]


def strace() -> str | None:
    """The path of strace(1), if it is installed."""
    return shutil.which("strace")


def start(tracer: str | None) -> Warm:
    """A zygote; it ends when its socket does."""
    ours, theirs = channel.pair()
    command = [sys.executable, "-P", "-m", "harness.runner.zygote", str(theirs.fileno()), ",".join(TOYS)]
    if tracer is None:
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        return Warm(ours, None, process)
    read, write = os.pipe2(os.O_CLOEXEC)
    _widen(write)
    traced = [tracer, *STRACE, "-o", f"/proc/self/fd/{write}", *command]
    process = subprocess.Popen(traced, pass_fds=[theirs.fileno(), write], stdin=subprocess.DEVNULL)
    theirs.close()
    os.close(write)
    return Warm(ours, read, process)


def _widen(pipe: int) -> None:
    """A larger pipe lets strace run on while the slot is busy; a user's share may be used up, and the usual size will do."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except PermissionError:
        return
