"""Speaks to GitHub Actions: annotations at the line of the scenario, and a job summary in Markdown.

Workflow commands take `%`, line ends, and in properties `:` and `,` only percent-encoded; what a subject printed must
never start a command. The job summary is limited to one mebibyte for each step.
"""

from __future__ import annotations as _annotations

import html
import re

from harness.plain import one_line, plain
from harness.result import CaseResult, Judgement, RunResult
from reports import tally

SUMMARY_BYTES = 1024 * 1024 - 1024
RESERVE_BYTES = 200
_MARKDOWN = re.compile(r"([\\`*_\[\]#!|~@])")


def annotations(run: RunResult) -> str:
    """One `::error` line for each refused case and `::warning` for each inconclusive one, at the YAML line."""
    lines = [_annotation(case) for case in run.cases if case.verdict in ("fail", "inconclusive")]
    return "".join(f"{line}\n" for line in lines)


def summary(run: RunResult, limit_bytes: int = SUMMARY_BYTES) -> str:
    """The job summary: counts, what failed by clause, and the cases that did not conform; cut to the limit."""
    head = [_headline(run), "", _count_table(run), ""]
    blocks = [*_convictions(run), *_refused(run), *_never(run)]
    kept, room = list(head), limit_bytes - len("\n".join(head).encode()) - RESERVE_BYTES
    for block in blocks:
        room -= len(block.encode()) + 1
        if room >= 0:
            kept.append(block)
    dropped = len(head) + len(blocks) - len(kept)
    note = ["", f"{dropped} more lines did not fit; the report has them all."] if dropped else []
    return "\n".join([*kept, *note, ""])


def _annotation(case: CaseResult) -> str:
    command = "error" if case.verdict == "fail" else "warning"
    properties = {"file": case.file, "line": str(case.line), "title": f"{case.id}: {tally.WORD[case.verdict]}"}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {told}::{_data(_message(case))}"


def _message(case: CaseResult) -> str:
    lines = [_sentence(one) for one in tally.blamed(case)] or [case.reason or "no reason was given"]
    return "\n".join(lines)


def _sentence(one: Judgement) -> str:
    return f"{one.id}: {one.reason or 'refused'}" + (f" ({one.says})" if one.says else "")


def _data(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _headline(run: RunResult) -> str:
    return f"## {tally.SIGN[run.verdict]} {_safe(run.spec)}: {tally.WORD[run.verdict]}"


def _count_table(run: RunResult) -> str:
    counts = run.counts()
    names = " | ".join(f"{tally.SIGN[name]} {tally.WORD[name]}" for name in counts)
    numbers = " | ".join(str(count) for count in counts.values())
    rule = " | ".join("---:" for _ in counts)
    told = f"{_safe(run.subject)}, {len(run.cases)} cases in {run.duration_s:.1f} s"
    return f"{told}\n\n| {names} |\n| {rule} |\n| {numbers} |"


def _convictions(run: RunResult) -> list[str]:
    found = tally.convictions(run)
    if not found:
        return []
    rows = [
        f"| {_safe(id)} | {len(cases)} | {_safe(cases[0][0].says or cases[0][0].reason)} |"
        for id, cases in found.items()
    ]
    return ["### What failed\n\n| clause | cases | sentence |\n| --- | ---: | --- |", *rows]


def _refused(run: RunResult) -> list[str]:
    refused = [case for case in run.cases if case.verdict in ("fail", "inconclusive")]
    if not refused:
        return []
    return ["\n### Cases that did not conform\n\n| case | why | file |\n| --- | --- | --- |", *map(_row, refused)]


def _row(case: CaseResult) -> str:
    why = "<br>".join(map(_safe, _message(case).splitlines()))
    return f"| {tally.SIGN[case.verdict]} {_safe(case.id)} | {why} | {_safe(f'{case.file}:{case.line}')} |"


def _never(run: RunResult) -> list[str]:
    idle = [id for id, one in tally.by_clause(run.cases).items() if not one.exercised]
    return [f"\nNever applicable in this run: {_safe(', '.join(idle))}."] if idle else []


def _safe(text: str) -> str:
    """Text that stays text: neither Markdown nor HTML, in one cell of a table."""
    return _MARKDOWN.sub(r"\\\1", html.escape(one_line(text), quote=False))
