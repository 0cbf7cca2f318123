"""The sandbox: a process tree in namespaces of its own, which dies as one and leaves nothing behind.

`spawn` forks twice. The outer child enters new user, network, mount and pid namespaces; its own child is pid 1 there.
Killing the outer child kills pid 1 by its parent-death signal, and the end of pid 1 ends every process of its pid
namespace and of those below it (pid_namespaces(7)); with the last process and descriptor the networks go as well.

`nest` is for such a pid 1 that needs one sandbox after another: each has a network, mounts and pids of its own, but the
user namespace is shared, and there is one fork instead of two.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, NoReturn

from netns import linux
from netns.errors import GroundError
from netns.limits import explain

MAIN_FAILED = 4
"""Exit status when `main` raised: the same as that of an internal error of the command line."""

KILLED_BASE = 128
"""Exit status of a sandbox whose pid 1 was killed: this plus the signal, as shells do."""

MY_NET = "/proc/thread-self/ns/net"


class Handles(NamedTuple):
    """Descriptors of a sandbox's namespaces; they can be sent to another process, which enters by them."""

    user_fd: int
    net_fd: int
    mnt_fd: int
    pid_fd: int

    def close(self) -> None:
        for fd in self:
            os.close(fd)


def spawn(main: Callable[[], int]) -> int:
    """Runs `main` as pid 1 of a new sandbox; returns the pid of the process to wait for, whose status is main's.

    Returns when the sandbox stands. Raises GroundError if the machine does not allow it. Killing the returned pid ends
    everything in the sandbox; so does the end of the calling thread. `main` gets the caller's descriptors and memory.
    """
    _flush()
    parent = os.getpid()
    news, report = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(news)
        _outer(main, parent, report)
    os.close(report)
    _raise_trouble(pid, news)
    return pid


def nest(main: Callable[[], int]) -> int:
    """`spawn` from within a sandbox: returns the pid of the inner pid 1. Needs pid 1 of a sandbox, with one thread.

    Children that the caller forks by itself afterwards would belong into the last nested sandbox: it should have none.
    """
    _flush()
    _renew_pids()
    alive, mine = os.pipe()
    news, report = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(mine)
        os.close(news)
        _init(main, alive, report, linux.NEW_NET | linux.NEW_MOUNT)
    os.close(alive)
    os.close(report)
    try:
        _raise_trouble(pid, news)
    finally:
        os.close(mine)
    return pid


def new_net() -> int:
    """A descriptor of a fresh, anonymous network namespace; it lives as long as somebody holds or uses it."""
    home = os.open(MY_NET, os.O_RDONLY)
    try:
        linux.unshare(linux.NEW_NET)
        try:
            return os.open(MY_NET, os.O_RDONLY)
        finally:
            linux.setns(home, linux.NEW_NET)
    except OSError as error:
        raise explain("a new network namespace", error) from error
    finally:
        os.close(home)


@contextmanager
def inside(net_fd: int) -> Iterator[None]:
    """The calling thread stands in another network namespace; sockets opened there belong there for good."""
    home = os.open(MY_NET, os.O_RDONLY)
    try:
        linux.setns(net_fd, linux.NEW_NET)
        try:
            yield
        finally:
            linux.setns(home, linux.NEW_NET)
    finally:
        os.close(home)


def handles() -> Handles:
    """The namespaces that the caller stands in; call it in pid 1 of the sandbox."""
    return Handles(*(os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in ("user", "net", "mnt", "pid")))


def enter_user(user_fd: int) -> None:
    """The first step into a sandbox from outside, which gives the right to the others; there is no way back.

    The parent-death signal is lost on the way: call `die_with_parent` again. Needs a single thread.
    """
    linux.setns(user_fd, linux.NEW_USER)


def bear_into(pid_fd: int) -> None:
    """Children of the caller are born into this pid namespace from now on; the caller stays in its own."""
    linux.setns(pid_fd, linux.NEW_PID)


def stand_on(net_fd: int, mnt_fd: int) -> None:
    """Stands on the host whose network is `net_fd`, and sees the files of the sandbox; keeps the working directory."""
    directory = os.getcwd()
    linux.setns(net_fd, linux.NEW_NET)
    linux.setns(mnt_fd, linux.NEW_MOUNT)
    with suppress(OSError):  # setns(2) of a mount namespace leaves the caller in its root
        os.chdir(directory)


def die_with_parent(parent: int = 0) -> None:
    """SIGKILL for the caller when the thread that forked it ends; at once if `parent`, a pid, is its parent no more."""
    linux.set_parent_death_signal()
    if parent and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _outer(main: Callable[[], int], parent: int, report: int) -> NoReturn:
    """The outer child: enters the namespaces, forks pid 1, and ends as that ends."""
    status = MAIN_FAILED
    linux.name_me("toylab-sandbox")
    try:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_DFL)
        die_with_parent(parent)
        _enter()
        die_with_parent(parent)  # new credentials may have switched it off, see commit_creds() in kernel/cred.c
        alive, mine = os.pipe()
        init = os.fork()
        if init == 0:
            os.close(mine)
            _init(main, alive, report)
        os.close(report)
        status = _status_of(init)
    except BaseException as error:
        _tell(report, error)
    finally:
        os._exit(status)


def _enter() -> None:
    """New user, network, mount and pid namespaces; whoever we were outside, we are 0 inside."""
    uid, gid = os.geteuid(), os.getegid()
    step = "new user, network, mount and pid namespaces"
    try:
        linux.unshare(linux.NEW_USER | linux.NEW_NET | linux.NEW_MOUNT | linux.NEW_PID)
        step = "the user map of the new user namespace"
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            _write(f"/proc/self/{name}", text)
        step = "private mounts in the new mount namespace"
        linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    except OSError as error:
        raise explain(step, error) from error


def _renew_pids() -> None:
    """The next child is pid 1 of a new namespace below the caller's own, where the way leads back to first."""
    try:
        own = os.open("/proc/self/ns/pid", os.O_RDONLY)
        try:
            linux.setns(own, linux.NEW_PID)
        finally:
            os.close(own)
        linux.unshare(linux.NEW_PID)
    except OSError as error:
        raise explain("a pid namespace in a sandbox", error) from error


def _init(main: Callable[[], int], alive: int, report: int, kinds: int = 0) -> NoReturn:
    """Pid 1 of the new namespace: other new namespaces if asked for, its own /proc, then `main`."""
    status = MAIN_FAILED
    try:
        _die_with_outer(alive)
        _unshare(kinds)
        _mount_proc()
        os.close(report)
        report = -1
        status = main()
    except BaseException as error:
        _tell(report, error)
    finally:
        with suppress(Exception):
            _flush()
        os._exit(status)


def _die_with_outer(alive: int) -> None:
    """The parent's pid reads as 0 from in here, so a pipe tells whether it died before the signal was asked for."""
    linux.set_parent_death_signal()
    if select.select([alive], [], [], 0)[0]:
        os._exit(MAIN_FAILED)
    os.close(alive)


def _unshare(kinds: int) -> None:
    try:
        linux.unshare(kinds)
    except OSError as error:
        raise explain("new network and mount namespaces in a sandbox", error) from error


def _mount_proc() -> None:
    try:
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    except OSError as error:
        raise explain("a /proc of its own", error) from error


def _status_of(pid: int) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else KILLED_BASE - code


def _tell(report: int, error: BaseException) -> None:
    """What the caller can mend goes to the caller while it still listens, anything else to stderr."""
    if isinstance(error, GroundError) and report >= 0:
        os.write(report, json.dumps([error.what, error.remedy]).encode())
    else:
        import traceback  # only here, for it is large

        traceback.print_exception(error)


def _raise_trouble(pid: int, news: int) -> None:
    """Waits until pid 1 starts its work; its GroundError, if it had one on the way, is raised here."""
    with open(news, "rb") as pipe:
        trouble = pipe.read()
    if trouble:
        os.waitpid(pid, 0)
        raise GroundError(*json.loads(trouble))


def _write(path: str, text: str) -> None:
    """One write(2), as the files of /proc want it."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _flush() -> None:
    """What is buffered would be written twice after a fork, and not at all by os._exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
