"""The floor: the least that a case can cost here. A sandbox, two hosts, and a warm forked connect; nobody watches."""

from __future__ import annotations

import contextlib
import os
import socket
import time

from netns import builder, sandbox
from netns.plan import Plan


def milliseconds(times: int) -> list[float]:
    """The cost of each bare case, from fork to the end of everything."""
    plan = Plan()
    builder.prepare(plan)
    return [_one(plan) for _ in range(times)]


def _one(plan: Plan) -> float:
    """Until the work is done; the kernel takes 30 ms more to close packet sockets, which nobody has to wait for."""
    begun = time.perf_counter()
    read, write = os.pipe()
    pid = sandbox.spawn(lambda: _bare_case(plan, write))
    os.close(write)
    done = os.read(read, 1)
    took = (time.perf_counter() - begun) * 1e3
    os.close(read)
    _, status = os.waitpid(pid, 0)
    if status or not done:
        raise RuntimeError(f"the bare case ended with wait status {status}")
    return took


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
