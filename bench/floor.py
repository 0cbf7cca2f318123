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
    begun = time.perf_counter()
    pid = sandbox.spawn(lambda: _bare_case(plan))
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"the bare case ended with wait status {status}")
    return (time.perf_counter() - begun) * 1e3


def _bare_case(plan: Plan) -> int:
    """Connects to a closed port of the client's own host, in a child of its own."""
    ground = builder.build(plan)
    child = os.fork()
    if child == 0:
        with sandbox.inside(ground.hosts["client"].net_fd), socket.socket() as client:
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                client.connect(("127.0.0.1", 9))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
