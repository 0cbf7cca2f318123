"""Tells a run, or one case of it, to a person at a terminal."""

from __future__ import annotations

from pathlib import Path

from harness import notation
from harness.events import Event
from harness.plain import one_line
from harness.result import CaseResult, Judgement, RunResult
from reports import asked, tally
from reports.ansi import Paint, fit, listing, paragraph
from reports.store import Stored, again, load_case

EXCERPT = 10
SAID, LONGEST_SAID = 3, 400
NARROWEST = 40
SCENARIO_WIDTH = 36


def table(run: RunResult, color: bool = False, width: int = 80) -> str:
    """The run: a line per scenario, under it a line per case that did not conform, then the summary."""
    paint, width = Paint(color), max(width, NARROWEST)
    lines = [_heading(run, width), ""]
    for scenario, cases in tally.by_scenario(run).items():
        lines += [_scenario(scenario, cases, paint, width), *_refusals(cases, paint, width)]
    return "\n".join([*lines, "", *summary(run, color, width), ""])


def summary(run: RunResult, color: bool = False, width: int = 80) -> list[str]:
    """The lines below the table: counts and duration, the slowest cases, what was never exercised."""
    idle = [id for id, one in tally.by_clause(run.cases).items() if not one.exercised]
    slow = [f"{case.id} {tally.seconds(case.duration_ms)}" for case in tally.slowest(run)]
    return [
        _counts(run, Paint(color)),
        *listing("slowest", slow, width),
        *listing("clauses", [_coverage(run)], width),
        *listing("never applicable", idle, width),
        *listing("branches not taken", tally.never_taken(run.cases), width),
    ]


def case_detail(run_dir: Path, case: CaseResult, color: bool = False, width: int = 80, command: str = "") -> str:
    """One case: verdict, what refused it, expected against actual, last good state, stderr, trace around the evidence.

    `command` is how the run was started, for the line that says how to run the case again.
    """
    paint, width, stored = Paint(color), max(width, NARROWEST), load_case(run_dir, case)
    lines = [_title(case, paint, width), *paragraph(case.why, width, "  ")]
    for judgement in tally.blamed(case):
        lines += ["", *_blame(judgement, stored, paint, width)]
    if case.verdict != "pass" and not tally.blamed(case) and case.reason:
        lines += ["", *paragraph(case.reason, width, "  ")]
    if case.verdict != "pass" and stored.stderr.strip():
        lines += ["", *_last_words(stored, width)]
    lines += ["", *excerpt(stored, paint, width)]
    return "\n".join([*lines, "", f"  again: {again(stored, command)}", ""])


def excerpt(stored: Stored, paint: Paint, width: int, count: int = EXCERPT) -> list[str]:
    """`count` lines of the trace around the evidence of what refused the case, the evidence marked."""
    if not stored.events:
        return ["  no trace was recorded"]
    evidence = _evidence(stored.result)
    first = _start(len(stored.events), evidence, count)
    shown = list(enumerate(notation.lines(stored.events, subject=stored.subject_host)))[first : first + count]
    title = f"  trace, events {first} to {first + len(shown) - 1} of {len(stored.events)} (> is evidence)"
    return [title, *(_trace_line(number, line, number in evidence, paint, width) for number, line in shown)]


def _evidence(case: CaseResult) -> frozenset[int]:
    blamed = tally.blamed(case)
    return frozenset(blamed[0].evidence) if blamed else frozenset()


def _start(total: int, evidence: frozenset[int], count: int) -> int:
    """Where an excerpt begins so that the breaking event, and as much before it as fits, is inside."""
    last = max(evidence, default=total - 1)
    return max(0, min(last - count * 2 // 3, total - count))


def _trace_line(number: int, line: str, marked: bool, paint: Paint, width: int) -> str:
    text = fit(f"  {'>' if marked else ' '} {number:>4}  {line}", width).rstrip()
    return paint("bold", text) if marked else paint("dim", text)


def _heading(run: RunResult, width: int) -> str:
    kernel = run.environment.get("kernel", "")
    return fit(f"{run.spec}  {run.subject}" + (f"  (Linux {kernel})" if kernel else ""), width).rstrip()


def _scenario(name: str, cases: list[CaseResult], paint: Paint, width: int) -> str:
    worst = next(outcome for outcome in tally.GRAVEST_FIRST if any(case.verdict == outcome for case in cases))
    good = sum(case.verdict == "pass" for case in cases)
    spent = tally.seconds(sum(case.duration_ms for case in cases))
    tail = f"{good:>4} of {len(cases):<4}{spent:>10}"
    return f"{paint(worst, tally.SIGN[worst])} {fit(name, min(width - len(tail) - 2, SCENARIO_WIDTH))}{tail}"


def _refusals(cases: list[CaseResult], paint: Paint, width: int) -> list[str]:
    lines = []
    for case in cases:
        if case.verdict in ("fail", "inconclusive"):
            clauses = " ".join(dict.fromkeys(one.id for one in tally.blamed(case))) or "-"
            text = fit(f"    {_axes(case):<15} {clauses:<12}  {tally.reason_of(case)}", width).rstrip()
            lines.append(paint(case.verdict, text))
    return lines


def _axes(case: CaseResult) -> str:
    return case.id.partition("::")[2] or case.id


def _counts(run: RunResult, paint: Paint) -> str:
    counts = run.counts()
    told = ", ".join(paint(name, f"{count} {tally.WORD[name]}") for name, count in counts.items() if count)
    plural = "case" if len(run.cases) == 1 else "cases"
    verdict = paint(run.verdict, tally.WORD[run.verdict].upper())
    return f"{verdict}  {len(run.cases)} {plural} in {run.duration_s:.1f} s: {told or 'none'}"


def _coverage(run: RunResult) -> str:
    clauses = tally.by_clause(run.cases)
    exercised = sum(one.exercised for one in clauses.values())
    return f"{exercised} of {len(clauses)} exercised"


def _title(case: CaseResult, paint: Paint, width: int) -> str:
    word = f"{tally.SIGN[case.verdict]} {tally.WORD[case.verdict].upper()}"
    place = f"{case.file}:{case.line}"
    room = width - len(word) - 2
    if len(case.id) + len(place) + 2 <= room:
        return f"{paint(case.verdict, word)}  {fit(case.id, room - len(place))}{one_line(place)}"
    return f"{paint(case.verdict, word)}  {one_line(case.id)}\n  {one_line(place)}"


def _last_words(stored: Stored, width: int) -> list[str]:
    """The end of what the subject said on stderr, where a mistake in itself shows."""
    said = stored.stderr.strip().splitlines()[-SAID:]
    return [part for line in said for part in paragraph(f"stderr: {line[:LONGEST_SAID]}", width, "  ")]


def _blame(judgement: Judgement, stored: Stored, paint: Paint, width: int) -> list[str]:
    """Number and sentence, the reason under it; for an expectation expected against actual at its own line."""
    number = f"  {tally.SIGN[judgement.outcome]} {judgement.id} "
    if judgement in stored.result.expectations:
        one = asked.of(judgement, stored)
        title = paint(judgement.outcome, f"{number}{one_line(f'{stored.result.file}:{one.line}')}")
        because = "" if one.actual in judgement.reason else judgement.reason
        told = {"expected": one.expected, "actual": one.actual, "because": because}
        return [title, *(line for label, text in told.items() for line in _pair(label, text, width))]
    head = paragraph(f"{judgement.force}  {judgement.says}", width, " " * len(number), number)
    lines = [paint(judgement.outcome, line) for line in head]
    return [*lines, *_pair("because", judgement.reason, width), *_last_good(judgement, stored, width)]


def _last_good(judgement: Judgement, stored: Stored, width: int) -> list[str]:
    at = tally.breaking_event(judgement)
    if at is None or at >= len(stored.events):
        return []
    state = tally.last_good_state(stored.events, at, stored.subject_host)
    broken_by = _pair("broken by", f"event {at}: {_body(stored.events[at])}", width)
    return [*(_pair("last good", f"state {state}", width) if state else []), *broken_by]


def _pair(label: str, text: str, width: int) -> list[str]:
    return paragraph(text, width, " " * 17, f"      {label:<11}") if text else []


def _body(event: Event) -> str:
    return notation.body(event)
