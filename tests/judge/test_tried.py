"""Who does nothing breaks no rule: a client or a server that was not seen to try is not acquitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from harness.case import Case, Program
from harness.checker import trace_of
from harness.events import POINTS, Point
from harness.notation import parse
from harness.tried import unless_it_tried
from harness.verdict import Verdict, failed, inconclusive, passed

Judged = Callable[..., Verdict]


@pytest.fixture
def judged(make_case: Callable[..., Case]) -> Judged:
    """What becomes of an acquittal, or of `whole`, where this was recorded."""

    def judge(did: str, *, points: Iterable[Point] = POINTS, whole: Verdict | None = None, **case: object) -> Verdict:
        changed = replace(make_case(), **case)
        trace = trace_of(changed, parse(f"{did}\nlab exit client 1"), points=points)
        return unless_it_tried(whole or passed(), trace, changed)

    return judge


@pytest.mark.parametrize(
    "did",
    [
        "",
        "client socket(unix, stream) = sock1\nclient connect(sock1, /run/nscd/socket) = ENOENT",
        "client socket(inet, stream) = sock1\nclient connect(sock1, 127.0.0.1:5) = ECONNREFUSED",
        "client socket(inet, stream) = sock1\nclient close(sock1) = 0",
        "server socket(inet, stream) = sock1\nserver connect(sock1, 10.0.0.2:9) = ECONNREFUSED",
        "wire client:40000 > server:5  S",
    ],
    ids=["nothing", "another family", "elsewhere", "a socket", "another program", "a packet elsewhere"],
)
def test_who_never_tried_is_not_acquitted(judged: Judged, did: str) -> None:
    verdict = judged(did)
    assert (verdict.outcome, verdict.reason) == (
        "inconclusive", "the subject never tried to reach 10.0.0.2 9 (exit 1)",
    )  # fmt: skip


@pytest.mark.parametrize(
    "did",
    [
        "client socket(inet, stream) = sock1\nclient connect(sock1, 10.0.0.2:9) = EINPROGRESS",
        "client socket(inet6, stream) = sock1\nclient connect(sock1, [fd00::2]:9) = ENETUNREACH",
        "client socket(inet, dgram) = sock1\nclient connect(sock1, 10.0.0.3:53) = ECONNREFUSED",
        "wire client:40000 > dns:53  udp 25 A? good.lab",
        "client socket(inet, stream) = -1 EMFILE",
        "client socket(inet, stream) = sock1\nclient bind(sock1, 10.9.9.9:0) = -1 EADDRNOTAVAIL",
        "journal state idle -> connecting",
    ],
    ids=["connect", "no route", "a name server", "a packet", "no socket", "no address", "by its journal"],
)
def test_who_tried_is_acquitted(judged: Judged, did: str) -> None:
    assert judged(did) == passed()


@pytest.mark.parametrize("whole", [failed("for a reason"), inconclusive("for a reason")])
def test_what_was_found_stays(judged: Judged, whole: Verdict) -> None:
    assert judged("", whole=whole) == whole


def test_nobody_says_so_who_did_not_watch(judged: Judged) -> None:
    assert judged("", points=("wire", "lab")) == judged("", points=("syscall", "lab")) == passed()


def test_a_server_need_not_connect_where_somebody_comes_but_accept(judged: Judged) -> None:
    comes = Program(on="server", argv=("nc", "10.0.0.1", "9"), starts="after")
    accepts = "client socket(inet, stream) = sock1\nclient accept(sock1) = -1 EMFILE"
    assert judged(accepts, target_host="10.0.0.1", programs=(comes,)) == passed()
    verdict = judged("server accept(sock1) = sock2", target_host="10.0.0.1", programs=(comes,))
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "the subject never tried to accept anybody (exit 1)")
    assert judged(accepts, target_host="10.0.0.1").reason == "the subject never tried to reach 10.0.0.1 9 (exit 1)"


def test_listed_calls_are_all_that_was_asked_for(judged: Judged) -> None:
    assert judged("", subject=Program(on="client", argv=("calls",))) == passed()
