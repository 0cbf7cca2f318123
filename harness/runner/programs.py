"""The programs of a case as the lab sees them: started by the zygote, heard through pipes, ended by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.case import Program
from harness.errors import RigError
from harness.runner import channel
from netns.sandbox import Handles

OUTPUTS = ("stdout", "stderr", "journal", "calls")
MOST_BYTES = 4 << 20
"""What is kept of each output; a program that says more has its recording cut there."""
CHUNK = 1 << 16
ENDED = b"\n"
"""Behind an exit status, which is said by the parent; a pid, which the program says itself, has none."""
NOT_FOUND = 127
"""The exit status of a program that is not there, as shells and `harness.runner.zygote` have it."""
PACKAGES = {"nft": "nftables"}
"""Where a program comes from, if from no package of its own name."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A program: `pid` in this namespace, `traced_pid` as strace sees it. Times are CLOCK_REALTIME nanoseconds."""

    program: Program
    pid: int
    traced_pid: int
    control: socket.socket
    """Where its exit status is said once it has ended."""
    pipes: dict[str, int]
    said: dict[str, bytearray] = field(default_factory=lambda: {name: bytearray() for name in OUTPUTS})
    since_ns: int = 0
    ended_ns: int = 0
    status: int | None = None
    """Its exit status, negative for the signal that killed it (`os.waitstatus_to_exitcode`); None while it runs."""
    overflowed: bool = False

    @property
    def descriptors(self) -> Iterator[int]:
        yield from self.pipes.values()
        if self.status is None:
            yield self.control.fileno()

    @property
    def is_missing(self) -> bool:
        """Whether this machine does not have it."""
        return self.status == NOT_FOUND

    @property
    def package(self) -> str:
        name = self.program.argv[0]
        return PACKAGES.get(name, name)

    def begin(self) -> None:
        self.since_ns = time.time_ns()
        self.control.send(b"!")

    def hear(self) -> None:
        """Takes in everything that was written so far, and whether the program has ended."""
        if self.status is None:
            self.hear_end()
        for name in list(self.pipes):
            self._drain(name)

    def hear_end(self) -> None:
        """Takes in whether the program has ended."""
        with contextlib.suppress(BlockingIOError):
            if said := self.control.recv(16, socket.MSG_DONTWAIT):
                self.status, self.ended_ns = int(said), time.time_ns()

    def end(self) -> None:
        """Ends it if it still runs; its status stays unknown then, because it did not end by itself."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):  # it may be ending just now
                os.kill(self.pid, signal.SIGKILL)
            self.control.recv(16)
        self.control.close()
        for name in list(self.pipes):
            self._drain(name)

    def _drain(self, name: str) -> None:
        while name in self.pipes:
            try:
                chunk = os.read(self.pipes[name], CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                os.close(self.pipes.pop(name))
            elif len(self.said[name]) < MOST_BYTES:
                self.said[name] += chunk
            else:
                self.overflowed = True


def start(program: Program, net_fd: int, handles: Handles, zygote: socket.socket, *, watched: bool) -> Running:
    """The program, ready to begin on the host of `net_fd`. RigError if the zygote is gone or cannot enter."""
    ours, theirs = socket.socketpair()
    pipes = {name: os.pipe2(os.O_CLOEXEC) for name in (OUTPUTS if watched else OUTPUTS[:-1])}
    asked = {
        "argv": program.argv,
        "mutant": program.mutant,
        "environment": program.environment,
        "limits": program.limits,
        "watched": watched,
    }
    namespaces = (handles.user_fd, net_fd, handles.mnt_fd, handles.pid_fd)
    channel.send(zygote, asked, (theirs.fileno(), *namespaces, *(write for _, write in pipes.values())))
    for _, write in pipes.values():
        os.close(write)
    theirs.close()
    traced_pid = _answer(zygote)
    said = ours.recv(16)
    if not said or said.endswith(ENDED):
        raise RigError(f"{program.argv[0]} ended before it began")
    for read, _ in pipes.values():
        os.set_blocking(read, False)
    reads = {name: read for name, (read, _) in pipes.items()}
    return Running(program=program, pid=int(said), traced_pid=traced_pid, control=ours, pipes=reads)


def _answer(zygote: socket.socket) -> int:
    answered = channel.receive(zygote)
    if answered is None:
        remedy = "run `toylab doctor`; strace may have been killed"
        raise RigError("the warm process that starts programs is gone", remedy)
    message = answered[0]
    if "error" in message:
        raise RigError(f"a program could not enter the case's namespaces: {message['error']}", "run `toylab doctor`")
    return int(message["pid"])
