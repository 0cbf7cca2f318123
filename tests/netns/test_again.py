"""A nested sandbox used again is as new: its network and its pids."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from netns import again

from .conftest import InSandbox


def links() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())


def born() -> int:
    """The pid of a child that ended at once."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_the_next_program_is_process_2_again(in_sandbox: InSandbox) -> None:
    def ages() -> list[object]:
        return [born(), born(), again.is_as_new(), born()]

    assert in_sandbox(ages) == [2, 3, True, 2]


def test_a_sandbox_with_somebody_in_it_is_not_as_new(in_sandbox: InSandbox) -> None:
    def looks() -> list[bool]:
        pid = os.fork()
        if pid == 0:
            signal.pause()
        found = [again.is_as_new()]
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        found.append(again.is_as_new())  # it ended, but nobody took its status
        os.waitpid(pid, 0)
        return [*found, again.is_as_new()]

    assert in_sandbox(looks) == [False, False, True]


def test_without_a_way_to_restart_pids_nothing_is_as_new(
    in_sandbox: InSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "_LAST_PID", "kernel.no_such_knob")
    assert in_sandbox(again.is_as_new) is False


def test_the_renewed_network_has_nothing_of_the_old_one(in_sandbox: InSandbox) -> None:
    def renews() -> list[object]:
        before = os.stat("/proc/thread-self/ns/net").st_ino
        Path("/proc/sys/net/ipv4/tcp_fin_timeout").write_text("7")
        again.renew_net()
        after = os.stat("/proc/thread-self/ns/net").st_ino
        return [after != before, links(), Path("/proc/sys/net/ipv4/tcp_fin_timeout").read_text()]

    assert in_sandbox(renews) == [True, ["lo"], "60\n"]
