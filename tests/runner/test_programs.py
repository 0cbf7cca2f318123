"""The programs of a case, as the lab starts them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from harness.case import Program
from harness.errors import RigError
from harness.runner import channel, programs
from harness.runner.zygote import Zygote
from netns import sandbox
from tests.runner.sandboxed import in_sandbox


@pytest.fixture
def zygote() -> Iterator[socket.socket]:
    """Leads to a zygote outside of every sandbox."""
    ours, theirs = channel.pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        Zygote(theirs).serve()
        os._exit(0)
    theirs.close()
    yield ours
    ours.close()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def started(zygote: socket.socket, network: str) -> str:
    """What is heard of a program's end, or what the rig says of itself."""
    program = Program(on="client", argv=("true",))
    try:
        running = programs.start(program, os.open(network, os.O_RDONLY), sandbox.handles(), zygote, watched=False)
    except RigError as error:
        return error.what
    running.begin()
    ended = running.control.recv(16).decode()
    running.end()
    return ended


def test_a_program_begins_on_its_host_and_its_end_is_told(zygote: socket.socket) -> None:
    assert in_sandbox(lambda: started(zygote, "/proc/self/ns/net")) == "0\n"


def test_a_program_that_cannot_stand_on_its_host_never_began(zygote: socket.socket) -> None:
    assert in_sandbox(lambda: started(zygote, os.devnull)) == "true ended before it began"
