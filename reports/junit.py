"""Writes a run as JUnit XML in the xunit2 form that CI servers read, the clauses of each case as properties."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from harness.plain import plain
from harness.result import CaseResult, RunResult
from reports import tally
from reports.store import load_run
from reports.text import case_detail


def write_junit(run_dir: Path, target: Path) -> Path:
    """Write the run in `run_dir` to `target`, a failure's text being what a terminal would show of it."""
    run = load_run(run_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(
        render(run, {case.id: case_detail(run_dir, case, command=run.command) for case in run.cases if _refused(case)})
    )
    return target


def render(run: RunResult, details: dict[str, str] | None = None) -> bytes:
    """The XML. `details` are texts of refused cases by id; without one the reason stands alone."""
    counts = run.counts()
    suites = ElementTree.Element("testsuites", name="toylab")
    suite = ElementTree.SubElement(
        suites, "testsuite", name=plain(run.spec), tests=str(len(run.cases)), failures=str(counts["fail"]),
        errors=str(counts["inconclusive"]), skipped=str(counts["not_applicable"]), time=f"{run.duration_s:.3f}",
        timestamp=plain(run.started), hostname="",
    )  # fmt: skip
    _properties(suite, {"subject": run.subject, "command": run.command, "version": run.version, **_flat(run)})
    for case in run.cases:
        _testcase(suite, case, (details or {}).get(case.id, case.reason))
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'.encode()


def _testcase(suite: ElementTree.Element, case: CaseResult, detail: str) -> None:
    name = case.id.partition("::")[2] or case.id
    element = ElementTree.SubElement(
        suite, "testcase", classname=f"{plain(case.spec)}.{plain(case.scenario)}", name=plain(name),
        time=f"{case.duration_ms / 1000:.3f}",
    )  # fmt: skip
    clauses = {one.id: f"{one.outcome}: {one.reason}" if one.reason else one.outcome for one in case.clauses}
    expected = {f"expect.{one.id}": one.outcome for one in case.expectations}
    place = {"file": f"{case.file}:{case.line}", "verdict": case.verdict, "canonical": case.canonical}
    _properties(element, {**place, **clauses, **expected})
    tag = {"fail": "failure", "inconclusive": "error", "not_applicable": "skipped"}.get(case.verdict)
    if tag:
        kind = {} if tag == "skipped" else {"type": ",".join(one.id for one in tally.blamed(case)) or case.verdict}
        message = plain(case.reason or tally.WORD[case.verdict])
        ElementTree.SubElement(element, tag, {"message": message, **kind}).text = plain(detail)


def _properties(parent: ElementTree.Element, values: dict[str, str]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=plain(name), value=plain(value))


def _flat(run: RunResult) -> dict[str, str]:
    return {f"environment.{name}": str(value) for name, value in sorted(run.environment.items())}


def _refused(case: CaseResult) -> bool:
    return case.verdict in ("fail", "inconclusive")
