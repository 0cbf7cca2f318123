"""Hands the tracepoint to a slot: root opens it outside of every sandbox, and for the pids of just this one.

A perf event tells pids as its opener's pid namespace has them, so a process is born into the slot's namespace that is
still root of the machine: it opens the descriptors, sends them out, and ends before there is any program. To a slot,
then, every task but those of its own cases has pid 0.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from harness.runner import channel
from netns import perf, sandbox, tracepoint
from netns.errors import GroundError
from netns.tracepoint import Layout

IN_ONE = 24
"""Descriptors in one message; a channel takes 32."""

Traced = tuple[Layout, list[int]]
"""What the tracepoint's samples look like, and a descriptor for each CPU."""


def give(slot: socket.socket, pid: int) -> None:
    """Sends them to the slot of the sandbox that `sandbox.spawn` gave this pid. GroundError if they cannot be had.

    This process, which may lock memory, keeps the rings; the descriptors are the slot's alone.
    """
    layout = tracepoint.find()
    opened = _opened_inside(pid, layout)
    for fd in opened:
        perf.hold(fd)
    _send(slot, opened, {"id": layout.id, "places": layout.places})
    for fd in opened:
        os.close(fd)


def take(server: socket.socket) -> Traced:
    """What `give` sends; waits for it. GroundError if the server is gone."""
    message, fds = _receive(server)
    places = {name: (at, size) for name, (at, size) in message["places"].items()}
    return Layout(message["id"], places), fds


def _opened_inside(pid: int, layout: Layout) -> list[int]:
    ours, theirs = channel.pair()
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    inner = os.open(f"/proc/{pid}/ns/pid_for_children", os.O_RDONLY)
    try:
        sandbox.bear_into(inner)
        opener = os.fork()
        if opener == 0:
            _open(theirs, layout)
        theirs.close()
        message, fds = _receive(ours)
        os.waitpid(opener, 0)
    finally:
        sandbox.bear_into(own)
        for fd in (own, inner):
            os.close(fd)
        ours.close()
    if "what" in message:
        raise GroundError(message["what"], message["remedy"])
    return fds


def _open(end: socket.socket, layout: Layout) -> None:
    """In the opener: never returns."""
    try:
        _send(end, tracepoint.open_all(layout), {})
    except GroundError as refusal:
        channel.send(end, {"left": 0, "what": refusal.what, "remedy": refusal.remedy})
    finally:
        os._exit(0)


def _send(end: socket.socket, fds: list[int], message: dict[str, Any]) -> None:
    """Many descriptors in several messages; `left` says how many are still to come."""
    for start in range(0, len(fds), IN_ONE):
        part = fds[start : start + IN_ONE]
        channel.send(end, {**message, "left": len(fds) - start - len(part)}, tuple(part))


def _receive(end: socket.socket) -> tuple[dict[str, Any], list[int]]:
    found: list[int] = []
    while True:
        answered = channel.receive(end)
        if answered is None:
            raise GroundError("the tracepoint was not handed over")
        message, fds = answered
        found += fds
        if not message["left"]:
            return message, found
