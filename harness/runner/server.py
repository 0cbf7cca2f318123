"""The process behind the front: imports everything once, forks the slots, and cleans up when the front is gone.

It is executed, not forked, because the front may have threads (pytest-xdist, pytest-timeout), and a user namespace can
only be made by a process with one. It never reads the front's socket: the slots do. A slot that dies is reported there.
"""

from __future__ import annotations

import gc
import os
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from harness.runner import channel, warm

RESOLVER_VARIABLES = ("RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES")
"""What resolver(5) takes from the environment: the cases say themselves how names are resolved."""


def main(arguments: list[str]) -> int:
    """`SERVER SOCKET`: the rest comes as the first message."""
    front = socket.socket(fileno=int(arguments[0]))
    front.set_inheritable(False)
    asked = channel.receive(front)
    if asked is None:
        return 0
    options = asked[0]
    for name in RESOLVER_VARIABLES:
        os.environ.pop(name, None)
    slots = _fork_slots(front, options)
    _watch(front, slots)
    for pid in slots.values():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if options["owned"]:
        shutil.rmtree(options["owned"], ignore_errors=True)
    return 0


def _fork_slots(front: socket.socket, options: dict[str, Any]) -> dict[int, int]:
    """The slots' processes by their pidfds. The zygotes start first: they warm up while we import."""
    cpus = sorted(os.sched_getaffinity(0))
    zygotes = []
    for number in range(options["jobs"]):
        os.sched_setaffinity(0, {cpus[number % len(cpus)]})
        zygotes.append(warm.start(options["strace"] or None))
    os.sched_setaffinity(0, cpus)
    from harness.runner import slot
    from netns import builder
    from netns.plan import Plan

    builder.prepare(Plan())
    gc.collect()
    gc.freeze()
    directory = Path(options["directory"]) if options["directory"] else None
    slots = {}
    for number, zygote in enumerate(zygotes):
        pid = os.fork()
        if pid == 0:
            # Wire and program on one CPU: handing a frame over costs 13 us there and 80 us across two.
            os.sched_setaffinity(0, {cpus[number % len(cpus)]})
            for other in zygotes[number + 1 :]:
                _drop(other)
            slot.main(front, zygote, directory)
        slots[os.pidfd_open(pid)] = pid
        _drop(zygote)
    return slots


def _drop(zygote: warm.Warm) -> None:
    """Another slot's: while we held its socket it would outlive that slot."""
    zygote.end.close()
    if zygote.calls is not None:
        os.close(zygote.calls)


def _watch(front: socket.socket, slots: dict[int, int]) -> None:
    """Waits until the front is gone; tells it of every slot that ends before."""
    poller = select.poll()
    poller.register(front.fileno(), select.POLLRDHUP)
    for life in slots:
        poller.register(life, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poller.poll()}
        if front.fileno() in ready:
            return
        for life in ready:
            poller.unregister(life)
            _, status = os.waitpid(slots.pop(life), 0)
            channel.send(front, {"lost": f"a slot ended with wait status {status}"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
