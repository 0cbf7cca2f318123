"""One lab plays several cases, and none of them finds anything of those before it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.case import Case, Program
from harness.runner.front import Job, Options, Rig
from harness.runner.lab import MOST_CASES
from netns.plan import Files, Plan

from .test_killed import descendants

LOOKS = ("sh", "-c", "echo $$ /proc/[0-9]*; cut -d' ' -f5 /proc/self/mountinfo | sort; cat /etc/hosts /proc/net/dev")
"""Its own pid, the processes that it sees, what is mounted, the names it knows, and what its links have carried."""


class Place:
    """A rig with one slot, and the outputs of what ran in it."""

    def __init__(self, rig: Rig, part: Path) -> None:
        self._rig = rig
        self._part = part
        self._attempts = 0

    def run(self, *argv: str, **plan: Files) -> str:
        self._attempts += 1
        case = Case(
            id="case::only", spec="toy9", scenario="case", axes={}, file="", line=1, why="", plan=Plan(**plan),
            subject=Program(on="client", argv=argv),
        )  # fmt: skip
        (result,) = self._rig.run([Job(case, self._attempts)])
        said = self._part / result.directory / "stdout.txt"
        return said.read_text() if said.exists() else ""

    def labs(self) -> list[int]:
        """Those that wait or play, by their pids; one that is on its way out has no network any more."""
        found = [pid for pid in sorted(descendants(os.getpid())) if comm_of(pid) == "toylab-lab"]
        return [pid for pid in found if os.path.exists(f"/proc/{pid}/ns/net")]


def comm_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    options = Options(directory=tmp_path_factory.mktemp("labs") / "run", jobs=1, strace=False)
    assert options.part is not None
    with Rig(options) as rig:
        yield Place(rig, options.part)


@pytest.fixture
def first(place: Place) -> str:
    """What the first case of a lab finds."""
    place.run("sh", "-c", "sleep 60 & exit")  # whose lab does not go on
    return place.run(*LOOKS)


def test_the_next_case_finds_what_the_first_one_found(place: Place, first: str) -> None:
    before = place.labs()
    assert len(before) == 1
    assert first.startswith("2 /proc/1 /proc/2")
    assert [place.run(*LOOKS) for _ in range(3)] == [first] * 3
    assert place.labs() == before


def test_a_lab_ends_after_its_last_case(place: Place, first: str) -> None:
    (lab,) = place.labs()
    for _ in range(MOST_CASES - 2):
        place.run("true")
    assert place.labs() == [lab]
    place.run("true")
    place.run("true")
    assert lab not in place.labs()


def test_files_of_one_case_are_not_those_of_the_next(place: Place, first: str) -> None:
    before = place.labs()
    said = place.run("cat", "/etc/hosts", files=Files(hosts="10.9.9.9 elsewhere\n"))
    assert said == "10.9.9.9 elsewhere\n"
    assert place.run(*LOOKS) == first
    assert not set(place.labs()) & set(before)


def test_nobody_meets_whom_a_case_left_behind(place: Place, first: str) -> None:
    before = place.labs()
    place.run("sh", "-c", "sleep 60 & exit")
    assert place.run(*LOOKS) == first
    assert not set(place.labs()) & set(before)


def test_a_lab_that_was_killed_while_it_waited_is_replaced(place: Place, first: str) -> None:
    (lab,) = place.labs()
    os.kill(lab, signal.SIGKILL)
    while ") Z " not in Path(f"/proc/{lab}/stat").read_text():  # before, its sockets are still being closed
        time.sleep(0.001)
    assert place.run(*LOOKS) == first
    assert lab not in place.labs()


def test_a_lab_keeps_the_packet_sockets_of_each_case_and_little_else(place: Place, first: str) -> None:
    (lab,) = place.labs()
    before = len(os.listdir(f"/proc/{lab}/fd"))
    place.run("true")
    place.run("true")
    hosts = len(Plan().hosts)
    assert place.labs() == [lab]
    assert len(os.listdir(f"/proc/{lab}/fd")) - before <= 2 * (hosts + 1)
