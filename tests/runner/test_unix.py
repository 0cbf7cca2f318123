"""Clients of a Unix listener whose queue is full, call by call: the sins of the catalogue's 21 to 23, and none.

connect() says EAGAIN then, and nothing is under way: the socket looks writable and without an error all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.case import Case, Program
from harness.result import CaseResult
from harness.runner.front import Options, Rig
from netns.plan import Plan

FULL = (
    r"socket l unix", r"bind l \0lab", r"listen l 0", r"socket a unix", r"connect a \0lab", r"socket b unix",
    r"connect b \0lab",
)  # fmt: skip
CLOSED = ("close b", "close a", "close l")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(Options(directory=tmp_path_factory.mktemp("unix") / "run", jobs=1)) as running:
        yield running


def judged(rig: Rig, *did: str) -> CaseResult:
    case = Case(
        id="unix::only", spec="toy9", scenario="unix", axes={}, file="made.yaml", line=1, why="a test", plan=Plan(),
        subject=Program(on="client", argv=("calls", *FULL, *did, *CLOSED)), target_host="10.0.0.2", target_port=9,
    )  # fmt: skip
    return rig.run_one(case)


def convicting(result: CaseResult) -> set[str]:
    return {judgement.id for judgement in result.clauses if judgement.outcome == "fail"}


@pytest.mark.parametrize(
    ("did", "clauses"),
    [
        (("watch b OUT", "wait", "getsockopt b SO_ERROR", "unwatch b"), {"T9-19", "T9-20", "T9-44"}),
        (("send b hello", "send b hello", "send b hello"), {"T9-12", "T9-44", "T9-45"}),
        (("accept l c", r"connect b \0lab", r"connect b \0lab", "close c"), {"T9-02"}),
    ],
    ids=["takes it for in progress", "takes ENOTCONN for would-block", "dials once more than there is need"],
)
def test_a_client_that_misreads_eagain_is_convicted(rig: Rig, did: tuple[str, ...], clauses: set[str]) -> None:
    result = judged(rig, *did)
    assert (result.verdict, convicting(result)) == ("fail", clauses)


@pytest.mark.parametrize(
    "did",
    [(), ("wait 50", "accept l c", r"connect b \0lab", "close c")],
    ids=["gives up", "tries again later"],
)
def test_a_client_that_reads_it_right_is_acquitted(rig: Rig, did: tuple[str, ...]) -> None:
    result = judged(rig, *did)
    assert (result.verdict, convicting(result)) == ("pass", set())
    assert {"T9-02", "T9-19" if not did else "T9-01"} <= {one.id for one in result.clauses if one.outcome == "pass"}
