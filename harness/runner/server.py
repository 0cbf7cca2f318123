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

from harness.runner import channel, warm

RESOLVER_VARIABLES = ("RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES")
"""What resolver(5) takes from the environment: the cases say themselves how names are resolved."""


def main(arguments: list[str]) -> int:
    """`SERVER SOCKET TRACER`: how many cases at a time, and where their files go, comes as the first message."""
    front = socket.socket(fileno=int(arguments[0]))
    front.set_inheritable(False)
    tracer = arguments[1] or None
    for name in RESOLVER_VARIABLES:
        os.environ.pop(name, None)
    cpus = sorted(os.sched_getaffinity(0))
    zygotes = [_start_on(cpus, 0, tracer)]
    _import_all()
    asked = channel.receive(front)
    if asked is None:
        return 0
    options = asked[0]
    zygotes += [_start_on(cpus, number, tracer) for number in range(1, options["jobs"])]
    slots = _fork_slots(front, zygotes, cpus, options["directory"])
    _watch(front, slots)
    for pid in slots.values():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if options["owned"]:
        shutil.rmtree(options["owned"], ignore_errors=True)
    return 0


def _start_on(cpus: list[int], number: int, tracer: str | None) -> warm.Warm:
    """A zygote pinned to its CPU. Handing a frame over costs 13 us on one CPU, and 80 us across two."""
    os.sched_setaffinity(0, {cpus[number % len(cpus)]})
    try:
        return warm.start(tracer)
    finally:
        os.sched_setaffinity(0, cpus)


def _import_all() -> None:
    """What the slots need, and with it the netlink requests of the commonest ground."""
    from harness.runner import slot  # noqa: F401
    from netns import builder
    from netns.plan import Plan

    builder.prepare(Plan())
    builder.prepare(Plan(family="ipv6"))
    gc.collect()
    gc.freeze()


def _fork_slots(front: socket.socket, zygotes: list[warm.Warm], cpus: list[int], directory: str) -> dict[int, int]:
    """The slots' processes by their pidfds, each on the CPU of its zygote."""
    from harness.runner import slot

    slots = {}
    for number, zygote in enumerate(zygotes):
        pid = os.fork()
        if pid == 0:
            os.sched_setaffinity(0, {cpus[number % len(cpus)]})
            for other in zygotes[number + 1 :]:
                _drop(other)
            slot.main(front, zygote, Path(directory) if directory else None)
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
