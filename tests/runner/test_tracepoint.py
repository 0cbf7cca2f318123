"""The tracepoint in real cases: each change of a case's sockets at its moment, and none of anybody else's."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harness.case import Case, Expect, Program
from harness.errors import CannotRunHere
from harness.result import CaseResult
from harness.runner.evidence import Evidence, Said
from harness.runner.front import Job, Options, Rig
from harness.runner.judging import Recording, judged
from netns import tracepoint
from netns.plan import Listener, Match, Plan, Rule

from .sandboxed import in_sandbox, lacking_tracepoint

FIXED, TARGET = 40_000, 7
PYTHON = (sys.executable, "-I", "-S", "-c")
TALK = f"""
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.0.0.1", {FIXED}))
s.connect(("10.0.0.2", {TARGET}))
s.send(b"hello")
s.recv(5)
s.close()
"""


MISSING = lacking_tracepoint()
needs_tracepoint = pytest.mark.skipif(bool(MISSING), reason=f"the tracepoint cannot be had: {MISSING}")


def case(name: str, plan: Plan) -> Case:
    """A client that is bound to a port of its own choice talks to an echo server."""
    return Case(
        id=f"{name}::ipv4", spec="toy9", scenario=name, axes={"family": "ipv4"}, file="made.yaml", line=1, why="a test",
        plan=plan, subject=Program(on="client", argv=(*PYTHON, TALK)), target_host="10.0.0.2", target_port=TARGET,
        expect=Expect(exit=0), deadline_ms=20_000,
    )  # fmt: skip


ECHO = Plan(listeners=(Listener(on="server", port=TARGET),))
SLOW = Plan(listeners=ECHO.listeners, rules=(Rule(match=Match(what="SA", sender="server"), delay_ms=300),))


@contextmanager
def rig(place: Path, jobs: int) -> Iterator[Rig]:
    with Rig(Options(directory=place / "run", jobs=jobs, tracepoint=True)) as running:
        yield running


def states(place: Path, result: CaseResult) -> list[dict[str, Any]]:
    text = (place / ".run.part" / result.directory / "trace.jsonl").read_text()
    return [event for event in map(json.loads, text.splitlines()) if event["kind"] == "TcpState"]


def story(told: list[dict[str, Any]], host: str) -> list[str]:
    return [f"{state['old']} -> {state['new']}" for state in told if state["who"] == host]


CLIENT = [
    "CLOSE -> SYN_SENT", "SYN_SENT -> ESTABLISHED", "ESTABLISHED -> FIN_WAIT1", "FIN_WAIT1 -> FIN_WAIT2",
    "FIN_WAIT2 -> TIME_WAIT",
]  # fmt: skip
SERVER = [
    "CLOSE -> SYN_RECV", "SYN_RECV -> ESTABLISHED", "ESTABLISHED -> CLOSE_WAIT", "CLOSE_WAIT -> LAST_ACK",
    "LAST_ACK -> CLOSE",
]  # fmt: skip


@needs_tracepoint
def test_every_change_is_told_by_the_tracepoint_but_of_what_is_no_full_socket(tmp_path: Path) -> None:
    with rig(tmp_path, 1) as running:
        told = states(tmp_path, running.run_one(case("alone", ECHO)))
    assert (story(told, "client"), story(told, "server")) == (CLIENT, SERVER)
    looked = [state["new"] for state in told if state["source"] == "sock_diag"]
    assert set(looked) <= {"SYN_RECV", "TIME_WAIT"}
    assert {state["source"] for state in told} == {"sock_diag", tracepoint.NAME}


@needs_tracepoint
def test_cases_with_the_same_ports_at_the_same_time_have_each_their_own_states(tmp_path: Path) -> None:
    """Each SYN-ACK is held back for 0.3 s, so that the four connections stand side by side, alike in every address."""
    with rig(tmp_path, 4) as running:
        results = list(running.run([Job(case("alike", SLOW), attempt) for attempt in range(1, 13)]))
        traces = [states(tmp_path, result) for result in results]
    assert [result.cut for result in results] == [()] * 12
    assert [(story(told, "client"), story(told, "server")) for told in traces] == [(CLIENT, SERVER)] * 12
    ends = {(state["local"], state["remote"]) for told in traces for state in told}
    assert ends == {(f"10.0.0.1:{FIXED}", f"10.0.0.2:{TARGET}"), (f"10.0.0.2:{TARGET}", f"10.0.0.1:{FIXED}")}
    assert len({state["at_ns"] for told in traces for state in told if state["source"] == tracepoint.NAME}) >= 12 * 7
    assert overlap([(told[0]["at_ns"], told[-1]["at_ns"]) for told in traces]), "no two cases ran at the same time"
    assert len({result.canonical for result in results}) == 1


def overlap(spans: list[tuple[int, int]]) -> bool:
    ordered = sorted(spans)
    return any(later[0] < earlier[1] for earlier, later in pairwise(ordered))


@needs_tracepoint
def test_a_machine_with_other_traffic_than_ours_has_none_of_it_in_a_case(tmp_path: Path) -> None:
    over = threading.Event()

    def chatter() -> None:
        """The loopback of the machine itself."""
        while not over.is_set():
            with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
                time.sleep(0.005)  # enough to be heard, and not so much that a busy machine's ring is full

    noise = threading.Thread(target=chatter)
    with rig(tmp_path, 1) as running:
        noise.start()
        try:
            result = running.run_one(case("noisy", SLOW))
        finally:
            over.set()
            noise.join()
        told = states(tmp_path, result)
    assert (story(told, "client"), story(told, "server"), result.cut) == (CLIENT, SERVER, ())


def test_what_the_tracepoint_may_have_missed_makes_the_kernel_a_cut_witness() -> None:
    ended = Said(
        who="client", argv=("true",), traced_pid=1, since_ns=1, ended_ns=2, status=0, stdout=b"", stderr=b"",
        journal=b"", calls=b"", overflowed=False,
    )  # fmt: skip
    whole, missed = (Evidence(programs=(ended,), doubts=why) for why in ((), ("the ring of CPU 0 was full",)))
    cut = [judged(case("cut", ECHO), Recording(one, None, complete=True))[0].cut for one in (whole, missed)]
    assert cut == [("syscall",), ("syscall", "kernel")]


def test_whoever_is_not_root_of_the_machine_is_told_so_before_anything_starts() -> None:
    def tries() -> list[str]:
        rig = Rig(Options(tracepoint=True))
        try:
            rig.start()
        except CannotRunHere as error:
            return [error.what, error.remedy]
        return []

    what, remedy = in_sandbox(tries)
    assert "sock:inet_sock_set_state" in what or "tracefs" in what
    assert remedy


@needs_tracepoint
def test_the_command_line_runs_with_the_tracepoint_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "toylab", "run", "toy9", "refused", "-k", "ipv4-epoll", "--tracepoint"]
    done = subprocess.run([*command, "-o", str(tmp_path / "run")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["environment"]["tracepoint"] == "yes"
