"""The floor: the least that a case can cost here. A sandbox, two hosts, and a warm forked connect; nobody watches."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time

from netns import builder, sandbox
from netns.plan import Plan


def milliseconds(times: int) -> list[float]:
    """The cost of each bare case, from fork to the end of everything but what the kernel does for nobody.

    It takes 30 ms to close packet sockets, which nobody else has to wait for.
    """
    plan = Plan()
    builder.prepare(plan)
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        pid = _play(plan)
        took.append((time.perf_counter() - begun) * 1e3)
        _await_end(pid)
    return took


def a_second(times: int, jobs: int) -> float:
    """How many bare cases are done in a second, `jobs` at a time."""
    plan = Plan()
    builder.prepare(plan)
    begun = time.perf_counter()
    for pid in [_worker(plan, times // jobs) for _ in range(jobs)]:
        _await_end(pid)
    return times // jobs * jobs / (time.perf_counter() - begun)


def _worker(plan: Plan, times: int) -> int:
    """The pid of a process that plays so many, one after the other, and waits for their ends when all are done."""
    sys.stdout.flush()  # or each would print again what is still to be printed
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for played in [_play(plan) for _ in range(times)]:
                _await_end(played)
            status = 0
        finally:
            os._exit(status)
    return pid


def _play(plan: Plan) -> int:
    """Plays a bare case; the pid of its sandbox, which is on its way out."""
    read, write = os.pipe()
    pid = sandbox.spawn(lambda: _bare_case(plan, write))
    os.close(write)
    done = os.read(read, 1)
    os.close(read)
    if not done:
        raise RuntimeError("the bare case did not come to its end")
    return pid


def _await_end(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"a process of the bare case ended with wait status {status}")


def _bare_case(plan: Plan, done: int) -> int:
    """Connects to a closed port of the client's own host, in a child of its own."""
    ground = builder.build(plan)
    child = os.fork()
    if child == 0:
        with sandbox.inside(ground.hosts["client"].net_fd), socket.socket() as client:
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                client.connect(("127.0.0.1", 9))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(done, b".")
    return status
