"""A warm process that becomes the programs of the cases: a toy in half a millisecond, anything else by exec.

It runs under strace, so that every program forked from it is watched from its first call. Asked with a message and the
descriptors of the case's namespaces, it forks twice: the first child steps into the namespaces (only *its* children are
in the pid namespace), the second is the program. The first one reports the program's pid as strace sees it, and stays
to wait for the program: process 1 of the namespace cannot, because an orphan goes to the init of its parent's
namespace.

    asked     {"argv": [...], "mutant": "", "environment": {...}, "limits": {...}, "watched": false}
              descriptors: user, net, mnt, pid namespaces; control, stdout, stderr, journal, and calls where nobody
              traces
    answered  {"pid": 4711}
    control   the program says its pid in its own namespace, and begins when it is told to; when it has ended, its
              parent says its exit status, negative for a signal
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import resource
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from harness.runner import channel
from netns import linux, sandbox

JOURNAL_FD, LAST_FD = 3, 1023
END_FD, CONTROL_FD, MOST_FDS = 3, 4, 65_536
LAUNCHER = "harness.recorders.launcher"
NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit status of a program that could not be started, as shells have it."""


def serve(end: socket.socket) -> None:
    """Answers until the other end is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for those that wait for programs
    while (asked := channel.receive(end)) is not None:
        message, descriptors = asked
        preload(message["argv"][:1])
        child = os.fork()
        if child == 0:
            _enter_and_fork(end, message, descriptors)
        os.closerange(end.fileno() + 1, MOST_FDS)


def is_toy(name: str) -> bool:
    """Whether a command's first word names a toy of ours, by its place in the package and not by importing it."""
    return name.isidentifier() and any(Path(place, name, "cli.py").is_file() for place in toys())


def toys() -> list[str]:
    """Where the toys are; the package itself has nothing in it."""
    found = importlib.util.find_spec("toys")
    return list(found.submodule_search_locations or ()) if found else []


def preload(names: list[str]) -> None:
    """Imports the toys that are new here, and lets each do what its first use would have to do in every case again."""
    for name in filter(is_toy, names):
        if f"toys.{name}.cli" in sys.modules:
            continue
        toy = importlib.import_module(f"toys.{name}.cli")
        toy.warm()


def _enter_and_fork(end: socket.socket, message: dict[str, Any], descriptors: list[int]) -> None:
    """In the first child: never returns."""
    linux.name_me("toylab-joiner")
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        user, net, mnt, pid, *own = descriptors
        sandbox.join(sandbox.Handles(user, net, mnt, pid), net)
        program = os.fork()
        if program == 0:
            _become(message, own)
        channel.send(end, {"pid": program})
        _wait_for(program, own)
    except OSError as error:
        channel.send(end, {"error": str(error)})
    finally:
        os._exit(0)


def _wait_for(program: int, own: list[int]) -> None:
    """Tells the lab how the program ended. Nothing of the program's is held open meanwhile."""
    os.dup2(own[0], CONTROL_FD)
    os.closerange(CONTROL_FD + 1, MOST_FDS)
    _, status = os.waitpid(program, 0)
    os.write(CONTROL_FD, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(message: dict[str, Any], own: list[int]) -> None:
    """In the program's process: never returns."""
    status = NOT_EXECUTABLE
    try:
        os.write(own[0], str(os.getpid()).encode())
        os.read(own[0], 1)
        calls = _settle(own)
        for name, value in message["limits"].items():
            limit = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(limit, (value, value))
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


def _settle(own: list[int]) -> int:
    """Descriptors as any program finds them: 0 nothing to read, 1 and 2 the outputs, 3 the journal; nothing else.

    0 is /dev/null already; what was received lies above the namespaces' descriptors, so none of it is overwritten.
    Returns where calls are told: so far up that the program misses none of the descriptors of its RLIMIT_NOFILE.
    """
    calls = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1, LAST_FD)
    for descriptor in own[JOURNAL_FD + 1 :]:
        os.dup2(descriptor, calls, inheritable=False)
    for number, descriptor in enumerate(own[1 : JOURNAL_FD + 1], 1):
        os.dup2(descriptor, number, inheritable=True)
    os.closerange(JOURNAL_FD + 1, calls)
    os.closerange(calls + 1, MOST_FDS)
    return calls


def _run(message: dict[str, Any], calls: int) -> int:
    os.environ["TOYLAB_JOURNAL_FD"] = str(JOURNAL_FD)
    name, *arguments = message["argv"]
    if is_toy(name):
        linux.name_me(name)
        return _run_toy(name, arguments, message, calls)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would pass that on
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
    """`ZYGOTE SOCKET TOY,TOY [untraced]`: the number of the socket's descriptor, and the toys to import at once."""
    os.dup2(int(arguments[0]), END_FD)
    os.closerange(END_FD + 1, MOST_FDS)
    preload(list(filter(None, arguments[1].split(","))))
    if arguments[2:]:
        importlib.import_module(LAUNCHER)
    gc.collect()
    gc.disable()  # a collection in a forked child would copy every page that it looks at; programs here are short
    gc.freeze()
    linux.name_me("toylab-zygote")
    # Whoever is woken does not take the CPU from the lab that woke it: what the lab does in one act is one act.
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    serve(socket.socket(fileno=END_FD))


if __name__ == "__main__":
    main(sys.argv[1:])
