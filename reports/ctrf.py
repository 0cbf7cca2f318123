"""Writes a run in the Common Test Report Format (CTRF), a JSON form that several CI services read.

The clauses of a case are its steps. An inconclusive case is `other`: CTRF knows no word for it, `rawStatus` has ours.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from harness.plain import plain
from harness.result import CaseResult, Judgement, RunResult
from reports import tally

SPEC_VERSION = "0.0.0"
STATUS = {"pass": "passed", "fail": "failed", "inconclusive": "other", "not_applicable": "skipped"}


def render(run: RunResult) -> str:
    """The report as indented JSON with a line end."""
    return json.dumps(as_dict(run), indent=2, ensure_ascii=True) + "\n"


def as_dict(run: RunResult) -> dict[str, Any]:
    tool = {"name": "toylab", "version": run.version, "extra": {"command": run.command, "subject": run.subject}}
    environment = {"osPlatform": "linux", "osRelease": str(run.environment.get("kernel", "")), "extra": run.environment}
    results = {"tool": tool, "summary": _summary(run), "tests": list(map(_test, run.cases)), "environment": environment}
    return {"reportFormat": "CTRF", "specVersion": SPEC_VERSION, "generatedBy": "toylab", "results": results}


def _summary(run: RunResult) -> dict[str, int]:
    """Counts, and times in milliseconds; a start that is no time is the epoch."""
    try:
        start = int(datetime.fromisoformat(run.started).timestamp() * 1000)
    except ValueError:
        start = 0
    duration = round(run.duration_s * 1000)
    counts = {STATUS[verdict]: count for verdict, count in run.counts().items()}
    whole = {"tests": len(run.cases), "pending": 0, "start": start, "stop": start + duration, "duration": duration}
    return {**counts, **whole, "suites": len({(case.spec, case.scenario) for case in run.cases})}


def _test(case: CaseResult) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": plain(case.id) or "?",
        "status": STATUS[case.verdict],
        "duration": round(case.duration_ms),
        "suite": [plain(case.spec), plain(case.scenario)],
        "rawStatus": case.verdict,
        "filePath": plain(case.file),
        "line": case.line,
        "parameters": case.axes,
        "steps": [_step(one) for one in (*case.clauses, *case.expectations)],
        "extra": {"canonical": case.canonical, "branches": list(case.branches), "subject": plain(case.subject)},
    }
    if case.verdict != "pass":
        told["message"] = plain(case.reason or tally.WORD[case.verdict])
        told["trace"] = plain("\n".join(f"{one.id}: {one.reason}" for one in tally.blamed(case)))
    return told


def _step(one: Judgement) -> dict[str, str]:
    return {"name": plain(f"{one.id} {one.says}".strip()), "status": STATUS[one.outcome]}
