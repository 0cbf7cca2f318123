"""toy9 beside other programs: what it imports, what it leaves, and how it takes being left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.toys.program import COMMAND, ROOT, toy9
from toys.toy9.cli import main

HEAVY = ("asyncio", "click", "jinja2", "pydantic", "pyroute2", "scapy", "yaml", "logging", "ssl")
RIG = ("toylab", "reports", "harness", "netns")


def test_it_imports_nothing_heavy_and_none_of_the_rig() -> None:
    code = "import sys, toys.toy9.cli; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    imported = {module.partition(".")[0] for module in told.stdout.split()}
    assert imported.isdisjoint({*HEAVY, *RIG})


def test_nothing_is_left_between_two_runs_in_one_process(
    closed_port: int, listener: socket.socket, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["connect", "127.0.0.1", str(closed_port)]) == 10
    before = os.listdir("/proc/self/fd")
    assert main(["connect", "127.0.0.1", str(closed_port)], mutant="announces-the-wrong-error") == 10
    assert main(["connect", "127.0.0.1", str(listener.getsockname()[1]), "--until", "connected"]) == 0
    assert main(["connect", "255.255.255.255", "9", "--poller", "select"]) == 11
    assert os.listdir("/proc/self/fd") == before
    said = capfd.readouterr()
    assert said.err.splitlines()[-1] == "error network-unreachable: network unreachable (ENETUNREACH)"


def test_the_journal_is_in_order_and_names_the_settings(closed_port: int) -> None:
    with toy9("connect", "127.0.0.1", closed_port, "--timeout", "0.25", "--poller", "poll") as running:
        done = running.finish()
    settings = ("target", "timeout_ms", "mode", "poller")
    assert [done.facts(name) for name in settings] == [[f"127.0.0.1 {closed_port}"], ["250"], ["async"], ["poll"]]
    assert all(int(a["at_ns"]) <= int(b["at_ns"]) for a, b in pairwise(done.said))
    assert {line["event"] for line in done.said} == {"state", "callback", "fact"}


def test_quiet_says_nothing_on_stdout(listener: socket.socket) -> None:
    with toy9("connect", *listener.getsockname(), "--until", "connected", "--quiet") as running:
        done = running.finish()
    assert (done.status, done.stdout, done.stderr) == (0, "", "")


def test_a_reader_that_has_left_ends_no_connection(listener: socket.socket) -> None:
    with toy9("connect", *listener.getsockname()) as running:
        peer, _ = listener.accept()
        assert running.says("connected")
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.stdout = None
        peer.send(b"nobody will read of this")
        peer.close()
        done = running.finish()
    assert (done.status, done.stderr, done.states[-1]) == (0, "", "closed")


def test_a_signal_that_means_nothing_ends_nothing(full_port: int) -> None:
    with toy9("connect", "127.0.0.1", full_port, "--timeout", "0.3", "--alarm", "0.1") as running:
        done = running.finish()
    assert (done.status, done.states) == (14, ["connecting", "error"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_without_a_descriptor_left_the_failure_is_announced(host: str) -> None:
    """One descriptor more than are open: that is for the poller."""
    limited = f"""
import os, resource, sys
from toys.toy9.cli import main
most = os.dup(0) + 2
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
sys.exit(main(["connect", "{host}", "9"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", limited], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (30, "error other: too many open files (EMFILE)\n")


def test_an_interrupt_ends_it_without_a_word(listener: socket.socket) -> None:
    with toy9("connect", *listener.getsockname()) as running:
        assert running.says("connected")
        running.process.send_signal(signal.SIGINT)
        done = running.finish()
    assert (done.status, done.stderr) == (130, "")


@pytest.mark.parametrize("program", [COMMAND, (*COMMAND, "connect"), (*COMMAND, "listen")])
def test_help_is_there_for_every_command(program: tuple[str, ...]) -> None:
    told = subprocess.run([*program, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert told.stdout.startswith("usage: toy9")
