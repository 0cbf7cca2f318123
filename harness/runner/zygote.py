"""A warm process that becomes the programs of the cases: a toy in half a millisecond, anything else by exec.

It runs under strace, so that every program forked from it is watched from its first call. Asked with a message and the
descriptors of the case's namespaces, it forks a child into the pid namespace; the child steps into the others and is
the program. Whoever forks is the parent and hears of the end: process 1 of the namespace could not. The user namespace
is entered once, with the first program: all cases of a slot have the same, and nobody leaves one.

    asked     {"argv": [...], "mutant": "", "environment": {...}, "limits": {...}, "watched": false}
              descriptors: control; user, net, mnt, pid namespaces; stdout, stderr, journal, and calls where nobody
              traces
    answered  {"pid": 4711}
    control   the program says its pid in its own namespace, and begins when it is told to; when it has ended, its
              parent says its exit status, negative for a signal
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
from functools import cache
from typing import Any

from harness.runner import channel
from netns import linux, sandbox

JOURNAL_FD, LAST_FD = 3, 1023
END_FD, MOST_FDS = 3, 65_536
LAUNCHER = "harness.recorders.launcher"
NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit status of a program that could not be started, as shells have it."""


class Zygote:
    """Asked at `end`; the parent of every program that it became."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._is_inside = False
        self._born: dict[int, tuple[int, int]] = {}
        """By the pidfd of each program that runs: its pid, and the socket that its end is told on."""

    def serve(self) -> None:
        """Answers until the other end is gone."""
        poller = select.poll()
        poller.register(self._end.fileno(), select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poller.poll()]
            for life in self._born.keys() & ready:
                poller.unregister(life)
                self._bury(life)
            if self._end.fileno() in ready:
                asked = channel.receive(self._end)
                if asked is None:
                    return
                born = self._bear(*asked)
                if born is not None:
                    poller.register(born, select.POLLIN)

    def _bear(self, message: dict[str, Any], descriptors: list[int]) -> int | None:
        """The pidfd of a new program, which waits to be told to begin; None if the sandbox could not be entered."""
        preload(message["argv"][:1])
        control, *others = descriptors
        user, net, mnt, pid, *outputs = others
        try:
            if not self._is_inside:
                sandbox.enter_user(user)
                self._is_inside = True
            sandbox.bear_into(pid)
            program = os.fork()
        except OSError as error:
            _close(descriptors)
            channel.send(self._end, {"error": str(error)})
            return None
        if program == 0:
            _become(message, net, mnt, control, outputs)
        _close(others)
        life = os.pidfd_open(program)
        self._born[life] = (program, control)
        channel.send(self._end, {"pid": program})
        return life

    def _bury(self, life: int) -> None:
        """Tells the lab how a program ended; the lab may have ended before it."""
        program, control = self._born.pop(life)
        _, status = os.waitpid(program, 0)
        with contextlib.suppress(OSError):
            os.write(control, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        _close([life, control])


def _close(descriptors: list[int]) -> None:
    """With one call where they lie side by side: under strace each costs 20 us."""
    low, high = min(descriptors), max(descriptors) + 1
    if high - low == len(descriptors):
        os.closerange(low, high)
    else:
        for descriptor in descriptors:
            os.close(descriptor)


@cache
def is_toy(name: str) -> bool:
    """Whether a command's first word names a toy of ours, by its place in the package and not by importing it."""
    places = importlib.import_module("toys").__path__
    return name.isidentifier() and any(os.path.isfile(f"{place}/{name}/cli.py") for place in places)


def preload(names: list[str]) -> None:
    """Imports the toys that are new here, and lets each do what its first use would have to do in every case again."""
    for name in names:
        if not is_toy(name):
            importlib.import_module("shutil")  # to find it
        elif f"toys.{name}.cli" not in sys.modules:
            importlib.import_module(f"toys.{name}.cli").warm()


def _become(message: dict[str, Any], net: int, mnt: int, control: int, outputs: list[int]) -> None:
    """In the program's process: never returns."""
    status = NOT_EXECUTABLE
    try:
        sandbox.stand_on(net, mnt)
        os.write(control, str(os.getpid()).encode())
        os.read(control, 1)
        calls = _settle(outputs)
        for name, value in message["limits"].items():
            limit = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(limit, (value, value))
        if message["environment"]:
            os.environ.update(message["environment"])
        status = _run(message, calls)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _settle(outputs: list[int]) -> int:
    """Descriptors as any program finds them: 0 nothing to read, 1 and 2 the outputs, 3 the journal; nothing else.

    0 is /dev/null already; what was received lies above the socket and the namespaces, so none of it is overwritten.
    Returns where calls are told: so far up that the program misses none of the descriptors of its RLIMIT_NOFILE.
    """
    calls = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1, LAST_FD)
    for descriptor in outputs[JOURNAL_FD:]:
        os.dup2(descriptor, calls, inheritable=False)
    for number, descriptor in enumerate(outputs[:JOURNAL_FD], 1):
        os.dup2(descriptor, number, inheritable=True)
    if outputs[JOURNAL_FD:]:
        os.closerange(JOURNAL_FD + 1, calls)
        os.closerange(calls + 1, MOST_FDS)
    else:
        os.closerange(JOURNAL_FD + 1, MOST_FDS)
    return calls


def _run(message: dict[str, Any], calls: int) -> int:
    os.environ["TOYLAB_JOURNAL_FD"] = str(JOURNAL_FD)
    name, *arguments = message["argv"]
    if is_toy(name):
        linux.name_me(name)
        return _run_toy(name, arguments, message, calls)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would pass that on
    import shutil  # `preload` has done so for all

    if path := shutil.which(name):
        os.execv(path, message["argv"])
    sys.stderr.write(f"{name}: no such program\n")
    return NOT_FOUND


def _run_toy(name: str, arguments: list[str], message: dict[str, Any], calls: int) -> int:
    if message["watched"]:
        importlib.import_module(LAUNCHER).install(calls)
    toy = importlib.import_module(f"toys.{name}.cli")
    status: int = toy.main(arguments, mutant=message["mutant"])
    return status


def main(arguments: list[str]) -> None:
    """`SOCKET TOY,TOY [untraced]`: the number of the socket's descriptor, and the toys to import at once."""
    os.dup2(int(arguments[0]), END_FD)
    os.closerange(END_FD + 1, MOST_FDS)
    preload(list(filter(None, arguments[1].split(","))))
    if arguments[2:]:
        importlib.import_module(LAUNCHER).preload()
    gc.freeze()  # and it stays disabled: in a forked child a collection would copy all pages; programs here are short
    linux.name_me("toylab-zygote")
    Zygote(socket.socket(fileno=END_FD)).serve()
