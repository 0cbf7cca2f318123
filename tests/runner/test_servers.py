"""Servers that somebody else wrote: their clients begin when they listen, and end the case."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.case import Case, Program
from harness.result import CaseResult
from harness.runner.front import Options, Rig
from netns.plan import Plan

PORT = 80
LISTEN = f"s = socket.create_server(('10.0.0.2', {PORT}));"
SLEEP_FIRST = "import select, socket; select.poll().poll(500);"
SERVE_ON = "\nwhile True: s.accept()[0].close()"
CONNECT = ("calls", "socket a ipv4 tcp blocking", f"connect a 10.0.0.2 {PORT}", "drain a")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "run"


@pytest.fixture(scope="module")
def rig(place: Path) -> Iterator[Rig]:
    with Rig(Options(directory=place, jobs=1)) as running:
        yield running


def case(name: str, code: str, ends: str = "subject") -> Case:
    return Case(
        id=f"{name}::ipv4", spec="httpd", scenario=name, axes={"family": "ipv4"}, file="made.yaml", line=1,
        why="a test", plan=Plan(), subject=Program(on="server", argv=(sys.executable, "-I", "-S", "-c", code)),
        programs=(Program(on="client", argv=CONNECT, starts="after"),), target_host="10.0.0.2", target_port=PORT,
        ends=ends,
    )  # fmt: skip


def trace(place: Path, result: CaseResult) -> str:
    return (place.with_name(f".{place.name}.part") / result.directory / "trace.txt").read_text()


def test_clients_start_when_somebody_listens_and_not_when_all_sleep(rig: Rig, place: Path) -> None:
    result = rig.run_one(case("late", SLEEP_FIRST + LISTEN + "s.accept()"))
    assert f"client  connect(sock1, 10.0.0.2:{PORT}) = 0" in trace(place, result)


def test_a_server_that_nobody_stops_ends_with_its_last_client(rig: Rig, place: Path) -> None:
    seen = trace(place, rig.run_one(case("endless", "import socket;" + LISTEN + SERVE_ON, ends="clients")))
    assert "lab     exit client 0" in seen
    assert "deadline" not in seen
    assert "exit server" not in seen, "the lab ended it"


def test_a_server_that_ends_before_it_listens_is_judged_by_nothing(rig: Rig) -> None:
    result = rig.run_one(case("gone", "raise SystemExit(3)"))
    assert result.verdict == "inconclusive"
    assert result.reason == f"the subject never listened for its clients: port {PORT}, it ended with status 3"
