"""The process behind the front: forks the slots and their judges, and cleans up when the front is gone.

It is executed, not forked, because the front may have threads (pytest-xdist, pytest-timeout), and a user namespace can
only be made by a process with one. It never reads the front's socket: the slots do. A slot that dies is reported there.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from harness.runner import channel, warm
from harness.runner.seats import Seats
from netns import answers, linux, sandbox, smithy
from netns.errors import GroundError

RESOLVER_VARIABLES = frozenset({"RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES"})
"""What resolver(5) takes from the environment: the cases say themselves how names are resolved."""
OURS = "TOYLAB_"
"""So begin the variables that our toys look at: each case sets its own."""


class Seated(NamedTuple):
    """A warm process and the CPU that it shares with its slot."""

    cpu: int
    warm: warm.Warm


def main(arguments: list[str]) -> int:
    """`SOCKET TRACER SPEC`: how many cases at a time, and where their files go, comes as the first message.

    It is answered at once; all other messages to the front are of cases.
    """
    front = socket.socket(fileno=int(arguments[0]))
    front.set_inheritable(False)
    tracer = arguments[1] or None
    _forget_surroundings()
    seats = Seats(sorted(os.sched_getaffinity(0)))
    judges, judges_pid = _fork_judges_parent(front, arguments[2])  # first, because it has most to import
    smiths, smiths_pid = _fork_smithy(front)
    zygotes = [_seated(seats.take(), tracer)]
    importlib.import_module("harness.runner.slot")
    answers.preload()
    asked = channel.receive(front)
    if asked is None:
        return 0
    options = asked[0]
    channel.send(front, {"warm": True})
    zygotes += [_seated(seats.take(), tracer) for _ in range(1, options["jobs"])]
    linux.name_me("toylab-server")
    try:
        helpers = _fork_slots(front, zygotes, (judges, smiths), options)
    except GroundError as refusal:
        channel.send(front, {"cannot": refusal.what, "remedy": refusal.remedy})
        helpers = {}
    helpers |= {os.pidfd_open(pid): pid for pid in (judges_pid, smiths_pid)}
    _watch(front, dict(helpers))
    for pid in helpers.values():
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    seats.leave()
    if options["owned"]:
        shutil.rmtree(channel.path_of(options["owned"]), ignore_errors=True)
    return 0


def _forget_surroundings() -> None:
    """What a user has set for himself is not meant for the programs of the cases."""
    for name in [name for name in os.environ if name in RESOLVER_VARIABLES or name.startswith(OURS)]:
        del os.environ[name]


def _seated(cpu: int, tracer: str | None) -> Seated:
    """A zygote on this CPU."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        return Seated(cpu, warm.start(tracer))
    finally:
        os.sched_setaffinity(0, everywhere)


def _fork_judges_parent(front: socket.socket, spec: str) -> tuple[socket.socket, int]:
    """The process that imports everything and forks the judges; meanwhile this one stays small, for the slots' sake."""
    ours, theirs = channel.pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        sandbox.die_with_parent()
        _be_judges_parent(front, theirs, spec)
    theirs.close()
    return ours, pid


def _fork_smithy(front: socket.socket) -> tuple[socket.socket, int]:
    """The process that has scapy, and the door that leads to it."""
    ours, theirs = channel.pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        front.close()
        sandbox.die_with_parent()
        linux.name_me("toylab-smithy")
        gc.enable()
        smithy.serve(theirs)
        os._exit(0)
    theirs.close()
    return ours, pid


def _be_judges_parent(front: socket.socket, server: socket.socket, spec: str) -> NoReturn:
    """Forks a judge for every socket that it is sent, and ends with the server."""
    from harness.runner import judge
    from harness.spec import SPECS, clauses_of
    from netns import builder
    from netns.plan import Plan

    builder.prepare(Plan())
    if spec in SPECS:
        clauses_of(spec)
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()
    linux.name_me("toylab-judges")
    while (asked := channel.receive(server)) is not None:
        message, descriptors = asked
        slot = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            server.close()
            judge.main(front, slot, Path(channel.path_of(message["directory"])) if message["directory"] else None)
        slot.close()
    os._exit(0)


def _fork_slots(
    front: socket.socket, zygotes: list[Seated], others: tuple[socket.socket, socket.socket], options: dict[str, Any]
) -> dict[int, int]:  # fmt: skip
    """The slots' processes by their pidfds, each with a judge, and on the CPU of its zygote.

    `others` lead to the judges' parent and to the smithy.
    """
    from harness.runner import slot

    judges, smiths = others

    gc.freeze()  # and it stays disabled: a collection in a forked lab would copy every page that it looks at
    slots = {}
    for number, zygote in enumerate(zygotes):
        ours, theirs = channel.pair()
        channel.send(judges, {"directory": options["directory"]}, (theirs.fileno(),))
        theirs.close()
        giving = channel.pair() if options["tracepoint"] else None

        def be_slot(
            number: int = number, judge: socket.socket = ours, zygote: Seated = zygote,
            giving: tuple[socket.socket, socket.socket] | None = giving,
        ) -> int:  # fmt: skip
            judges.close()
            os.sched_setaffinity(0, {zygote.cpu})
            for other in zygotes[number + 1 :]:
                _drop(other.warm)
            return slot.main(front, judge, smiths, zygote.warm, giving)

        pid = sandbox.spawn(be_slot)
        slots[os.pidfd_open(pid)] = pid
        if giving:
            _hand_over(giving, pid)
        ours.close()
        _drop(zygote.warm)
    return slots


def _hand_over(giving: tuple[socket.socket, socket.socket], pid: int) -> None:
    """The tracepoint, for the slot of the sandbox with this pid."""
    from harness.runner import handover  # only for those who asked

    server, slot = giving
    slot.close()
    handover.give(server, pid)
    server.close()


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
            channel.send(front, {"lost": f"a process of the lab ended with wait status {status}"})
