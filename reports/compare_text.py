"""Tells at a terminal what changed between two runs."""

from __future__ import annotations

from collections.abc import Iterator

from reports import tally
from reports.ansi import Paint, fit, listing
from reports.compare import Change, Comparison

NARROWEST = 40


def render(found: Comparison, color: bool = False, width: int = 80) -> str:
    """Verdicts first, then traces and times, then the cases that only one run has; a summary at the end."""
    paint, width = Paint(color), max(width, NARROWEST)
    lines = [
        *_block("verdict", (line for one in found.verdicts for line in _verdict(one, paint, width))),
        *_block("trace", (fit(f"  {one.id}", width).rstrip() for one in found.traces)),
        *_block("time", (_time(one, width) for one in found.times)),
        *listing("only before", [case.id for case in found.gone], width),
        *listing("only now", [case.id for case in found.new], width),
    ]
    return "\n".join([*lines, _summary(found), ""])


def _block(title: str, lines: Iterator[str]) -> list[str]:
    listed = list(lines)
    return [title, *listed, ""] if listed else []


def _verdict(one: Change, paint: Paint, width: int) -> Iterator[str]:
    was, now = one.before.verdict, one.after.verdict
    yield paint(now, fit(f"  {tally.SIGN[now]} {one.id}: {tally.WORD[was]} -> {tally.WORD[now]}", width).rstrip())
    for id, before, after, reason in one.clauses:
        because = f": {reason}" if reason else ""
        yield fit(f"      {id} {tally.WORD[before]} -> {tally.WORD[after]}{because}", width).rstrip()


def _time(one: Change, width: int) -> str:
    spent = f"{tally.seconds(one.before.duration_ms)} -> {tally.seconds(one.after.duration_ms)}"
    return fit(f"  {one.id}: {spent}", width).rstrip()


def _summary(found: Comparison) -> str:
    counts = {"verdict": len(found.verdicts), "trace": len(found.traces), "time": len(found.times)}
    told = ", ".join(f"{count} changed {name}" for name, count in counts.items() if count)
    return f"{len(found.both)} cases in both runs: {told or 'nothing changed'}, {found.same} as before"
