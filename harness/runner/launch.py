"""Starts the server's process, and imports next to nothing for it: the server warms up while its user still reads.

launched = launch(tracer)          the server imports what it needs
...                                meanwhile the caller imports, reads options and scenarios
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from typing import NamedTuple

from harness.runner import channel, fresh


class Launched(NamedTuple):
    """The front's end of the server's socket, what the server writes to its outputs, and its process."""

    end: socket.socket
    log: int
    process: subprocess.Popen[bytes]
    tracer: str | None


_EARLY: list[Launched] = []


def strace() -> str | None:
    """The path of strace(1), if it is installed."""
    return shutil.which("strace")


def launch(tracer: str | None, spec: str = "") -> Launched:
    """A server whose programs run under `tracer`, the path of strace(1), or under none. It ends with its socket.

    `spec` is what its judges will be asked about first, where that is known already.
    """
    ours, theirs = channel.pair()
    log = os.memfd_create("server", os.MFD_CLOEXEC)
    command = fresh.command("harness.runner.server", str(theirs.fileno()), tracer or "", spec)
    process = subprocess.Popen(
        command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    theirs.close()
    return Launched(ours, log, process, tracer)


def launch_early(tracer: str | None, spec: str) -> None:
    """Starts the server that `adopt` gives to whoever asks for one; if nobody does, it ends with this process."""
    _EARLY.append(launch(tracer, spec))


def adopt(tracer: str | None) -> Launched:
    """The server that was started early, if it has this tracer; else a new one."""
    while _EARLY:
        early = _EARLY.pop()
        if early.tracer == tracer:
            return early
        early.end.close()
        early.process.wait()
        os.close(early.log)
    return launch(tracer)
