"""Prints the table of costs: `python -m bench [TIMES]`."""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from msgspec.structs import replace

from bench import cases, cold, floor, ground, whole
from harness.case import Case, Program
from harness.expand import cases as expand
from harness.kept import cases_in
from harness.load import load

SCENARIOS = Path(__file__).parents[1] / "scenarios" / "toy9"
CLIENT = """
import select, socket, sys
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
client.connect_ex((sys.argv[1], int(sys.argv[2])))
poller = select.epoll()
poller.register(client, select.EPOLLOUT)
poller.poll()
refused = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111
poller.unregister(client)
client.close()
sys.exit(not refused)
"""


def main(times: int) -> None:
    if sys.dont_write_bytecode:
        print("PYTHONDONTWRITEBYTECODE is set: each process compiles what it imports, and every start takes longer\n")
    bare = statistics.median(floor.milliseconds(times))
    print(f"{times} runs each, {os.cpu_count()} cores; medians in milliseconds, and as ratios to the floor\n")
    _say("the floor: bare namespaces and a warm connect", bare, bare)
    _say("of which two hosts and a link take alone", statistics.median(ground.milliseconds(times)), bare)
    for name, case in (("refused", _case("refused")), ("success", _case("echo"))):
        took, phases = cases.one_by_one(case, times)
        _say(f"toy9 {name}, every witness", took, bare, phases)
    took, phases = cases.one_by_one(_case("refused"), times, strace=False)
    _say("toy9 refused, without strace", took, bare, phases)
    took, phases = cases.one_by_one(_foreign(_case("refused")), times)
    _say("a Python program of somebody else's, executed", took, bare, phases)
    _say_throughput(times)
    _say_whole()
    _say_cold(max(5, times // 10))


def _say_throughput(times: int) -> None:
    for jobs in (1, 2, 4):
        bare, rate = floor.a_second(times * jobs, jobs), cases.a_second(_case("refused"), times * jobs, jobs)
        print(f"{f'toy9 refused, {jobs} at a time':<50} {rate:>8.0f} /s {rate / bare:>6.2f} x   bare: {bare:.0f} /s")


def _say_whole() -> None:
    """Every IPv4 case of toy9 that waits for no long timer, on all cores: about 500."""
    every = [
        case for case in cases_in(sorted(SCENARIOS.glob("*.yaml"))) if not case.slow and case.plan.family == "ipv4"
    ]
    for name, strace in (("every witness", None), ("without strace", False)):
        told = whole.run(every, 0, strace=strace)
        total = sum(told.shares.values())
        rate = told.cases / told.took_s
        print(f"\n{told.cases} cases of toy9, {name}, in {told.took_s:.1f} s: {rate:.0f} cases/s, of which")
        print("  " + ", ".join(f"{phase} {took_s / total:.0%}" for phase, took_s in told.shares.items()))


def _say_cold(times: int) -> None:
    print("\nfrom nothing, as ratios to starting Python\n")
    toylab = [str(Path(sys.executable).with_name("toylab"))]
    commands = {
        "python -c pass": cold.python("-c", "pass"),
        "toylab --help": [*toylab, "--help"],
        "import pytest": cold.python("-c", "import pytest"),
        "import pytest, toylab.plugin": cold.python("-c", "import pytest, toylab.plugin"),
        "toylab run toy9 -k refused::ipv4-poll": [*toylab, "run", "toy9", "-k", "refused::ipv4-poll"],
    }
    taken = cold.milliseconds(commands, times)
    for name, took in taken.items():
        _say(name, took, taken["python -c pass"])


def _say(name: str, took: float, unit: float, phases: dict[str, float] | None = None) -> None:
    shares = "  ".join(f"{phase} {ms:.1f}" for phase, ms in (phases or {}).items())
    print(f"{name:<50} {took:>8.2f} ms {took / unit:>6.2f} x   {shares}".rstrip())


def _case(scenario: str) -> Case:
    """The scenario's first case: IPv4, epoll level-triggered."""
    return expand(load(SCENARIOS / f"{scenario}.yaml"))[0]


def _foreign(case: Case) -> Case:
    """The same ground with a program of nobody's in it, which keeps no journal and is not warm."""
    argv = (sys.executable, "-I", "-S", "-c", CLIENT, case.target_host, str(case.target_port))
    subject = Program(on=case.subject.on, argv=argv)
    expect = replace(case.expect, exit=0, stdout=(), callbacks=(), states=(), error="")
    return replace(case, subject=subject, expect=expect)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
