"""Whole cases, from the plan to the files: real namespaces, real strace, real packets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.case import Case, Expect, Program
from harness.runner.front import Job, Options, Rig
from netns.plan import Host, Listener, Plan

PYTHON = (sys.executable, "-I", "-S", "-c")


def case(name: str, *argv: str, plan: Plan | None = None, expect: Expect | None = None, **fields: object) -> Case:
    whole = Case(
        id=f"{name}::ipv4", spec="toy9", scenario=name, axes={"family": "ipv4"}, file="made.yaml", line=1, why="a test",
        plan=plan or Plan(), subject=Program(on="client", argv=argv), target_host="10.0.0.2", target_port=9,
        expect=expect or Expect(),
    )  # fmt: skip
    return replace(whole, **fields)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "run"


@pytest.fixture(scope="module")
def rig(place: Path) -> Iterator[Rig]:
    with Rig(Options(directory=place, jobs=1)) as running:
        yield running


REFUSED = Expect(states=("connecting", "error"), error="ECONNREFUSED", exit=10, syns=1)


def test_a_refused_connection_of_toy9_passes_every_clause_and_leaves_its_files(rig: Rig, place: Path) -> None:
    result = rig.run_one(case("refused", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED))
    assert result.verdict == "pass", result.reason
    assert result.points == ("subject", "syscall", "wire", "kernel", "lab")
    files = place.with_name(f".{place.name}.part") / result.directory
    assert sorted(os.listdir(files)) == sorted(
        ["case.json", "journal.jsonl", "stderr.txt", "strace.txt", "trace.jsonl", "trace.txt", "wire.pcapng"]
    )
    assert "connect(sock1, 10.0.0.2:9) = EINPROGRESS" in (files / "trace.txt").read_text()
    assert json.loads((files / "case.json").read_text())["case"]["subject"]["argv"][0] == "toy9"
    _, _, first = (files / "strace.txt").read_text().split(None, 2)
    assert first.startswith(("clone", "fork", "vfork")), "the birth of the program, and nothing before"


def test_an_echo_server_of_the_lab_gets_what_the_subject_sends(rig: Rig) -> None:
    plan = Plan(listeners=(Listener(on="server", port=9),))
    expect = Expect(error="", exit=0, received="hello", syns=1)
    command = ("toy9", "connect", "10.0.0.2", "9", "--queue", "hello", "--until", "input")
    result = rig.run_one(case("echo", *command, plan=plan, expect=expect))
    assert result.verdict == "pass", result.reason


def test_two_runs_of_a_case_have_the_same_canonical_trace(rig: Rig) -> None:
    refused = case("again", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED)
    results = list(rig.run(Job(refused, attempt) for attempt in range(1, 9)))
    assert len({result.canonical for result in results}) == 1


def test_a_program_of_somebody_else_is_watched_and_judged(rig: Rig) -> None:
    code = "import socket; s = socket.socket(); print(s.connect_ex(('10.0.0.2', 9)))"
    result = rig.run_one(case("foreign", *PYTHON, code, expect=Expect(exit=0, syns=1, stdout=("111",))))
    judged = {clause.id: clause.outcome for clause in result.clauses}
    assert judged["T9-01"] == "fail", "it connected with a blocking socket"
    assert {e.id: e.outcome for e in result.expectations} == {"exit": "pass", "syns": "pass", "stdout": "pass"}


def test_a_program_that_does_not_exist_is_told_by_its_exit_status(rig: Rig) -> None:
    result = rig.run_one(case("missing", "no-such-program", expect=Expect(exit=0)))
    assert (result.verdict, result.exit) == ("fail", "127")


def test_a_program_that_hangs_is_ended_at_the_deadline(rig: Rig) -> None:
    result = rig.run_one(case("hangs", "sleep", "60", expect=Expect(exit=0), deadline_ms=200))
    assert result.verdict == "fail"
    assert "never ended" in result.reason


@pytest.mark.parametrize(
    ("command", "limits", "why"),
    [
        (("sleep", "60"), {"idle_ms": 300}, "nothing happened for 300 ms"),
        (("sh", "-c", "while :; do :; done"), {"busy_ms": 300}, "300 ms of processor time are used up"),
    ],
    ids=["sleeps", "spins"],
)
def test_a_program_that_shows_nothing_new_is_ended_early_where_the_case_says_so(
    rig: Rig, place: Path, command: tuple[str, ...], limits: dict[str, int], why: str
) -> None:
    result = rig.run_one(case("hangs", *command, expect=Expect(exit=0), deadline_ms=60_000, **limits))
    trace = place.with_name(f".{place.name}.part") / result.directory / "trace.txt"
    assert f"mark deadline {why}" in trace.read_text()


def test_a_program_that_spins_is_shown_its_packets_all_the_same(rig: Rig) -> None:
    code = "import socket; s = socket.socket(); s.setblocking(0); s.connect_ex(('10.0.0.2', 9))\n"
    code += "while s.getsockopt(1, 4) == 0: pass"
    result = rig.run_one(case("spins", *PYTHON, code, expect=Expect(exit=0), deadline_ms=60_000))
    assert {e.id: e.outcome for e in result.expectations} == {"exit": "pass"}


def test_a_setting_that_does_not_exist_makes_the_case_inconclusive_and_says_which(rig: Rig) -> None:
    plan = Plan(hosts=(Host(name="client", sysctl={"net.ipv4.no_such_knob": "1"}), Host(name="server")))
    result = rig.run_one(case("knob", "toy9", "connect", "10.0.0.2", "9", plan=plan))
    assert result.verdict == "inconclusive"
    assert "no_such_knob" in result.reason


def test_a_program_of_the_scenario_that_is_not_installed_makes_the_case_inconclusive(rig: Rig) -> None:
    asked = case("missing", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED)
    result = rig.run_one(replace(asked, programs=(Program(on="server", argv=("no-such-firewall", "flush")),)))
    assert result.verdict == "inconclusive"
    assert result.reason == "not installed here: no-such-firewall (package no-such-firewall)"


def test_nobody_waits_for_a_client_that_is_not_installed(rig: Rig, place: Path) -> None:
    served = case("unserved", "sleep", "60", expect=Expect(exit=0), deadline_ms=60_000)
    result = rig.run_one(replace(served, programs=(Program(on="server", argv=("no-such-client",)),)))
    assert result.verdict == "inconclusive"
    files = place.with_name(f".{place.name}.part") / result.directory
    assert "mark deadline" not in (files / "trace.txt").read_text()


def test_a_program_that_does_something_else_beside_its_job_does_not_pass(rig: Rig) -> None:
    code = "import select, socket; s = socket.socket(); s.setblocking(0); s.connect_ex(('10.0.0.2', 9))\n"
    code += "select.select([], [s], []); s.getsockopt(1, 4)\n"
    code += "socket.socket(2, 2).sendto(b'hello', ('10.0.0.2', 4711))"
    asked = replace(case("calls-home", *PYTHON, code, expect=Expect(exit=0)), target_host="10.0.0.2", target_port=9)
    result = rig.run_one(asked)
    assert result.verdict in ("fail", "inconclusive")
    assert result.unclaimed, result.reason


def test_a_setting_that_a_program_turns_makes_the_case_inconclusive_and_says_how(rig: Rig) -> None:
    code = "open('/proc/sys/net/ipv4/tcp_syn_retries', 'w').write('2')"
    result = rig.run_one(case("turned", *PYTHON, code, expect=Expect(exit=0)))
    assert result.verdict == "inconclusive"
    assert "net.ipv4.tcp_syn_retries of client went from 6 to 2" in result.reason


def test_what_a_case_was_played_in_is_written_down(rig: Rig, place: Path) -> None:
    result = rig.run_one(case("plain", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED))
    files = place.with_name(f".{place.name}.part") / result.directory
    surroundings = json.loads((files / "case.json").read_text())["surroundings"]
    assert surroundings["knobs"]["server"]["net.ipv4.tcp_congestion_control"] == "reno"
    assert len(surroundings["load"]) == 2


def test_without_strace_the_calls_are_told_by_the_program_itself() -> None:
    with Rig(Options(jobs=1, strace=False)) as untraced:
        result = untraced.run_one(case("untraced", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED))
    assert result.verdict == "pass", result.reason
    assert result.self_reported
    assert any(clause.self_reported for clause in result.clauses)


def test_a_cut_recording_is_never_a_pass(rig: Rig) -> None:
    code = 'import os; os.write(3, b\'{"at_ns": 1, "event": "sta\')'
    result = rig.run_one(case("cut", *PYTHON, code))
    assert "subject" in result.cut
    assert result.verdict != "pass"


def test_what_programs_beside_the_subject_said_is_kept_under_the_name_of_their_host(rig: Rig, place: Path) -> None:
    tell = (
        "import os, sys; print('here'); os.write(int(os.environ['TOYLAB_JOURNAL_FD']), b'stray\\n'); sys.exit('gone')"
    )
    beside = tuple(Program(on=on, argv=(*PYTHON, code)) for on, code in (("server", tell), ("server", "print(2)")))
    result = rig.run_one(case("beside", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED, programs=beside))
    files = place.with_name(f".{place.name}.part") / result.directory
    said = {file.name: file.read_text() for file in files.glob("server.*")}
    assert said == {
        "server.journal.jsonl": "stray\n", "server.stdout.txt": "here\n", "server.stderr.txt": "gone\n",
        "server.2.stdout.txt": "2\n",
    }  # fmt: skip


def test_what_the_user_has_set_for_himself_is_not_for_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutant tried by hand, and another resolver's domain: neither has to do with a case."""
    monkeypatch.setenv("TOYLAB_MUTANT", "reads-so-error-twice")
    monkeypatch.setenv("LOCALDOMAIN", "elsewhere.lab")
    code = "import os; print({'TOYLAB_MUTANT', 'LOCALDOMAIN'}.isdisjoint(os.environ))"
    with Rig(Options(directory=tmp_path / "run", jobs=1)) as rig:
        honest = rig.run_one(case("refused", "toy9", "connect", "10.0.0.2", "9", expect=REFUSED))
        asked = rig.run_one(case("asked", *PYTHON, code, expect=Expect(exit=0, stdout=("True",))))
    assert honest.verdict == "pass", honest.reason
    assert {e.id: e.outcome for e in asked.expectations}["stdout"] == "pass"
