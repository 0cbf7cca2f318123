"""A figure that the kernel chose convicts nobody on a kernel where it was never measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import checker
from harness.case import Case
from harness.checker import judge_clause
from harness.golden import read_goldens
from harness.kernels import Kernels, version
from harness.spec import clauses_of
from harness.trace import Trace

MakeCase = Callable[..., Case]
GOLDENS = Path(checker.__file__).parent / "goldens" / "kernel"
CLAUSES = {clause.id: clause for clause in clauses_of("kernel")}
MEASURED = [id for id, clause in CLAUSES.items() if clause.kernels]


def golden(id: str, kind: str, kernel: str) -> Trace:
    found = next(one for one in read_goldens((GOLDENS / f"{id}.txt").read_text(), id, id) if one.kind == kind)
    return Trace(found.trace.events, points=found.trace.points, settings={**found.trace.settings, "kernel": kernel})


@pytest.mark.parametrize("id", MEASURED)
def test_a_measured_clause_convicts_on_its_own_kernels_only(id: str) -> None:
    known = judge_clause(CLAUSES[id], golden(id, "breaks", "6.18.44"))
    assert known.outcome == "fail"
    unknown = judge_clause(CLAUSES[id], golden(id, "breaks", "9.1.0-generic"))
    assert (unknown.outcome, unknown.evidence) == ("inconclusive", known.evidence)
    assert unknown.reason == f"on Linux 9.1.0-generic nobody has measured this, only on 6.18; observed: {known.reason}"


@pytest.mark.parametrize("id", MEASURED)
def test_a_measured_clause_that_finds_its_figure_on_another_kernel_passes(id: str) -> None:
    assert judge_clause(CLAUSES[id], golden(id, "obeys", "9.1")).outcome == "pass"


def test_a_rule_that_holds_everywhere_convicts_on_any_kernel() -> None:
    assert CLAUSES["K-40"].kernels is None
    assert judge_clause(CLAUSES["K-40"], golden("K-40", "breaks", "9.1")).outcome == "fail"


@pytest.mark.parametrize(("kernel", "outcome"), [("6.18.44", "fail"), ("5.4", "inconclusive"), ("", "fail")])
def test_what_a_scenario_measured_on_some_kernels_is_asked_of_these(
    kernel: str, outcome: str, make_case: MakeCase
) -> None:
    asked = make_case(syns=3, kernels="6.5 to 6.18")
    trace = checker.trace_of(asked, golden("K-40", "obeys", "").events, kernel=kernel)
    [expected] = checker.judge(trace, asked, clauses=()).expectations
    assert (expected.id, expected.outcome, "expected 3 SYNs" in expected.reason) == ("syns", outcome, True)


@pytest.mark.parametrize("release", ["6.5.0", "6.18", "6.7.12+deb13-amd64"])
def test_a_kernel_is_known_by_the_first_two_numbers_of_its_release(release: str) -> None:
    assert Kernels.of("6.5 to 6.18").have(release)


@pytest.mark.parametrize("release", ["6.4.99", "6.19-rc1", "5.18", "16.6", "microsoft-standard", ""])
def test_any_other_kernel_is_unknown(release: str) -> None:
    assert not Kernels.of("6.5 to 6.18").have(release)


@pytest.mark.parametrize("text", ["6", "6.5 - 6.18", "6.18 to 6.5", "", "6.18.44"])
def test_what_names_no_kernels_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="are no kernels"):
        Kernels.of(text)


def test_kernels_are_written_as_they_are_read() -> None:
    assert [str(Kernels.of(text)) for text in ("6.5 to 6.18", "6.18")] == ["6.5 to 6.18", "6.18"]
    assert version("6.18.44") == (6, 18)
