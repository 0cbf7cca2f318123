"""Starts the warm process from which programs are forked, with strace around it where there is one."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
from typing import NamedTuple

from harness.runner import channel, fresh

CALLS = ",".join((
    "%network", "read", "write", "readv", "writev", "?pread64", "?pwrite64", "sendfile", "splice", "close",
    "?close_range", "?dup", "?dup2", "dup3", "fcntl", "ioctl", "?epoll_create", "epoll_create1", "epoll_ctl",
    "?epoll_wait", "epoll_pwait", "?epoll_pwait2", "?poll", "ppoll", "?select", "pselect6", "clone", "?clone3",
    "?fork", "?vfork", "execve", "?execveat", "exit", "exit_group", "?io_uring_setup",
    "restart_syscall", "rt_sigreturn",
))  # fmt: skip
"""All that concerns a socket or its descriptor. What is left out (files, memory) would cost 20 us a call."""

STRACE = (
    "-f", "--seccomp-bpf", "-q", "--absolute-timestamps=unix,ns", "--syscall-times=ns", "-e", f"trace={CALLS}",
)  # fmt: skip
PIPE_BYTES = 1 << 20
TOYS = ("toy9",)


class Warm(NamedTuple):
    """The zygote's socket, and the pipe that strace writes to (None where nothing traces)."""

    end: socket.socket
    calls: int | None
    process: subprocess.Popen[bytes]


def start(tracer: str | None) -> Warm:
    """A zygote; it ends when its socket does."""
    ours, theirs = channel.pair()
    command = fresh.command("harness.runner.zygote", str(theirs.fileno()), ",".join(TOYS))
    if tracer is None:
        process = subprocess.Popen([*command, "untraced"], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
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
    """A larger pipe lets strace run while the slot is busy; a user's share may be used up: the usual size will do."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except PermissionError:
        return
