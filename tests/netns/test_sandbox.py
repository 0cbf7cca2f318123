"""A sandbox runs one function as pid 1, lets a stranger in who has its handles, and dies as a whole."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netns import sandbox
from netns.errors import GroundError

from .conftest import InSandbox

PATIENCE_S = 30.0


def status_of(main: Callable[[], int]) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(sandbox.spawn(main), 0)[1])


def my_net() -> int:
    return os.stat(sandbox.MY_NET).st_ino


def ends(read: int) -> bool:
    """Whether everyone who held the pipe's other end is gone, within the time that there is."""
    ready, _, _ = select.select([read], [], [], PATIENCE_S)
    return bool(ready) and os.read(read, 1) == b""


def test_the_status_of_main_is_the_status_of_the_sandbox() -> None:
    assert status_of(lambda: 7) == 7


def test_an_exception_in_main_is_told_on_stderr_and_ends_with_four(capfd: pytest.CaptureFixture[str]) -> None:
    def fails() -> int:
        raise LookupError("nothing there")

    assert status_of(fails) == sandbox.MAIN_FAILED
    assert "LookupError: nothing there" in capfd.readouterr().err


def test_a_killed_pid_1_ends_the_sandbox_as_shells_tell_it() -> None:
    def is_killed() -> int:
        """A fault of its own is the only signal that kills a pid 1 from inside, see pid_namespaces(7)."""
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        ctypes.string_at(0)
        return 0

    assert status_of(is_killed) == sandbox.KILLED_BASE + signal.SIGSEGV


def test_inside_we_are_root_and_pid_1_with_a_proc_of_our_own(in_sandbox: InSandbox) -> None:
    def look() -> tuple[int, int, list[str]]:
        return os.getpid(), os.getuid(), [name for name in os.listdir("/proc") if name.isdigit()]

    assert in_sandbox(look) == (1, 0, ["1"])


def test_what_was_printed_before_is_printed_once() -> None:
    script = """
import os, sys
from netns import sandbox
print("before")
os.waitpid(sandbox.spawn(lambda: print("inside") or 0), 0)
print("after")
"""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.run([sys.executable, "-c", script], env=buffered, capture_output=True, text=True, check=True)
    assert ran.stdout == "before\ninside\nafter\n"


def test_a_new_network_leaves_the_caller_where_it_was(in_sandbox: InSandbox) -> None:
    def makes() -> bool:
        home = my_net()
        there = sandbox.new_net()
        return my_net() == home and os.fstat(there).st_ino != home

    assert in_sandbox(makes)


def test_inside_a_network_one_stands_there_and_is_brought_back_by_an_exception_too(in_sandbox: InSandbox) -> None:
    def visits() -> bool:
        home, there = my_net(), sandbox.new_net()
        try:
            with sandbox.inside(there):
                assert my_net() == os.fstat(there).st_ino
                raise KeyError
        except KeyError:
            return my_net() == home

    assert in_sandbox(visits)


def test_killing_the_outer_process_leaves_nobody() -> None:
    read, write = os.pipe()

    def holds() -> int:
        if not os.fork():
            os.setsid()
        os.write(write, b".")
        signal.pause()
        return 0

    pid = sandbox.spawn(holds)
    os.close(write)
    assert os.read(read, 1) + os.read(read, 1) == b".."
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert ends(read)
    os.close(read)


def test_a_caller_that_is_killed_takes_its_sandbox_with_it() -> None:
    script = """
import os, signal, sys
from netns import sandbox
def holds():
    os.write(1, b".")
    signal.pause()
sandbox.spawn(holds)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as caller:
        assert caller.stdout is not None
        assert caller.stdout.read(1) == b"."
        caller.kill()
        assert ends(caller.stdout.fileno())


def test_a_stranger_enters_with_the_handles_and_keeps_its_working_directory(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stranger = os.fork()
    if not stranger:
        _enters(theirs, tmp_path)

    def invites() -> int:
        host = sandbox.new_net()
        socket.send_fds(ours, [str(os.fstat(host).st_ino).encode()], [*sandbox.handles(), host])
        said = ours.recv(100).decode().split()
        return 0 if said == [str(os.fstat(host).st_ino), "2", "0", str(tmp_path)] else 1

    assert status_of(invites) == 0
    os.waitpid(stranger, 0)
    ours.close()
    theirs.close()


def _enters(theirs: socket.socket, directory: Path) -> None:
    """Ends this process. It tells its network, the pid of a child, its user, and where it stands."""
    try:
        os.chdir(directory)
        _, (user, _, mnt, pid, host), _, _ = socket.recv_fds(theirs, 100, 5)
        sandbox.enter_user(user)
        sandbox.bear_into(pid)
        if not (child := os.fork()):
            sandbox.stand_on(host, mnt)
            theirs.send(f"{my_net()} {os.getpid()} {os.getuid()} {os.getcwd()}".encode())
            os._exit(0)
        os.waitpid(child, 0)
    finally:
        os._exit(0)


def test_nested_sandboxes_have_all_of_their_own_but_the_user_namespace(in_sandbox: InSandbox) -> None:
    def nests() -> list[bool]:
        user, net, mnt = (os.stat(f"/proc/self/ns/{name}").st_ino for name in ("user", "net", "mnt"))
        return [nested(user, net, mnt) for _ in range(3)]

    def nested(user: int, net: int, mnt: int) -> bool:
        def looks() -> int:
            seen = [os.stat(f"/proc/self/ns/{name}").st_ino for name in ("user", "net", "mnt")]
            pids = [name for name in os.listdir("/proc") if name.isdigit()]
            new = seen[1] != net and seen[2] != mnt
            return 0 if seen[0] == user and new and os.getpid() == 1 and pids == ["1"] else 1

        return os.waitpid(sandbox.nest(looks), 0)[1] == 0

    assert in_sandbox(nests) == [True, True, True]


def test_a_nested_sandbox_ends_with_the_one_around_it() -> None:
    read, write = os.pipe()

    def holds() -> int:
        if not os.fork():
            os.setsid()
        os.write(write, b".")
        signal.pause()
        return 0

    def nests() -> int:
        sandbox.nest(holds)
        os.close(write)
        signal.pause()
        return 0

    pid = sandbox.spawn(nests)
    os.close(write)
    assert os.read(read, 1) + os.read(read, 1) == b".."
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert ends(read)
    os.close(read)


def test_a_machine_that_allows_no_namespaces_is_told_with_a_remedy(in_sandbox: InSandbox) -> None:
    def is_refused() -> tuple[str, str]:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        try:
            sandbox.spawn(lambda: 0)
        except GroundError as error:
            return error.what, error.remedy
        return "", ""

    what, remedy = in_sandbox(is_refused)
    assert "new user, network, mount and pid namespaces" in what
    assert "user.max_user_namespaces = 0" in what
    assert "sysctl -w user.max_user_namespaces" in remedy


def test_nobody_else_sees_the_mounts(in_sandbox: InSandbox, tmp_path: Path) -> None:
    def mounts() -> bool:
        from netns import linux

        linux.mount("none", str(tmp_path), "tmpfs")
        (tmp_path / "inside").touch()
        return True

    assert in_sandbox(mounts)
    assert not list(tmp_path.iterdir())
