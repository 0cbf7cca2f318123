"""Runs cases for the command line and for the plugin: which cases, with which subject, how often."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from harness.case import PATIENCE_MS, Case
from harness.errors import UsageError
from harness.result import CaseResult, RunResult
from toylab import VERSION, controls, finding, sinners

if TYPE_CHECKING:
    from harness.runner.front import Options, Rig


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked to have run."""

    spec: str
    named: tuple[str, ...] = ()
    expression: str = ""
    clauses: tuple[str, ...] = ()
    """Those that the expression names: each is true of every case."""
    subject: str = ""
    mutant: str = ""
    slow: bool = False
    repeat: int = 1
    command: str = ""


@dataclass(slots=True)
class Outcome:
    """The run, how often each case ran, and the cases that did not come out the same each time."""

    run: RunResult
    runs: int = 0
    flaky: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    misbehaving: str = ""
    """What the controls did that they must not do; then no verdict of the run can be believed."""


def cases_of(wish: Wish) -> tuple[list[Case], int]:
    """The cases to run, and how many slow ones were left out. InputError for files that cannot be read."""
    from harness.kept import cases_in

    check(wish)
    named = wish.named or finding.meant(wish.spec, wish.expression)
    every = cases_in(finding.scenario_files(wish.spec, named), wish.subject)
    wanted = finding.chosen(every, wish.expression, wish.clauses)
    if not wanted:
        raise UsageError(f"no case matches -k {wish.expression!r}; `toylab list {wish.spec}` shows them all")
    kept = [case for case in wanted if wish.slow or not case.slow]
    if not kept:
        raise UsageError(f"all {len(wanted)} cases that match are slow; add --slow")
    places = {file: shown(file) for file in {case.file for case in kept}}
    return [replace(with_subject(case, wish), file=places[case.file]) for case in kept], len(wanted) - len(kept)


def shown(file: str) -> str:
    """A path as people and CI servers want it: from where they stand, or from the root of what is installed."""
    path = Path(file).absolute()
    for root in (Path.cwd(), finding.shipped().parent):
        if path.is_relative_to(root):
            return str(path.relative_to(root))
    return file


def check(wish: Wish) -> None:
    """Raises UsageError for a mutant that does not exist, or one of a subject that is not ours."""
    if wish.mutant and wish.subject:
        raise UsageError("a mutant is a variant of our own toy; it does not go together with another subject")
    if wish.mutant:
        known = sinners.known(wish.spec)
        if wish.mutant not in known:
            raise sinners.no_such(wish.mutant, known)


def with_subject(case: Case, wish: Wish) -> Case:
    """The case with another program: what only our toy was told in its command, or promises, is not asked of it.

    That is its exit status and output, what it sends and when it gives up, and so also how many SYNs leave, and which
    clauses have something to say of it. What is asked `always` stays. A server was also told when to end; another one
    ends with its last client. And a program that takes a second to start is not cut off before it has begun.
    """
    if wish.mutant:
        return replace(case, subject=replace(case.subject, mutant=wish.mutant))
    if not wish.subject:
        return case
    _must_exist(case.subject.argv[0])
    asked = replace(
        case.expect, exit=None, stdout=(), callbacks=(), received=None, syns=None, trace=(), absent=(), witnessed=(),
        within_ms=None, clauses={},
    )  # fmt: skip
    ends = "clients" if case.serves and case.has_clients else case.ends
    return replace(case, expect=asked, ends=ends, deadline_ms=max(case.deadline_ms, PATIENCE_MS))


@cache
def _must_exist(program: str) -> None:
    """A subject that cannot be started at all is a slip of the keyboard, not a program that does not conform."""
    is_toy = program.isidentifier() and Path(str(files("toys")), program, "cli.py").is_file()
    if not is_toy and shutil.which(program) is None:
        raise UsageError(f"there is no program {program!r} that could be started as the subject")


def run(
    wish: Wish, rig: Rig, cases: list[Case], tell: Callable[[CaseResult], None] = lambda result: None,
    meanwhile: Callable[[], None] | None = None,
) -> Outcome:  # fmt: skip
    """Runs every case as often as asked, between the controls, and writes the run down.

    `meanwhile` is called once, while cases run.
    """
    from harness.runner.front import Job, finish, mixed

    surroundings: dict[str, Any] = {}
    started = datetime.now(UTC)
    results: dict[str, list[CaseResult]] = {case.id: [] for case in cases}
    tried: list[CaseResult] = []
    asked = [Job(case, attempt) for attempt in range(1, wish.repeat + 1) for case in cases]
    asked = asked if rig.jobs == 1 else mixed(asked)
    first, last = ([Job(case) for case in controls.cases(place)] for place in controls.PLACES)
    for result in rig.run([*first, *asked, *last], at_a_time=len(asked), meanwhile=meanwhile):
        surroundings = surroundings or _surroundings()
        if controls.is_control(result.id):
            tried.append(result)
        else:
            results[result.id].append(result)
            tell(result)
    misbehaving = controls.misbehaving(tried)
    flaky = {id: said for id, several in results.items() if (said := difference(several))}
    [(program, _)] = Counter(case.subject.argv[0] for case in cases).most_common(1)
    ours = f"{program} --mutant {wish.mutant}" if wish.mutant else program
    whole = finish(
        rig.options, spec=wish.spec, subject=wish.subject or ours,
        command=wish.command, started=started, results=[one_of(several, flaky) for several in results.values()],
        environment={
            **surroundings, **({"tracepoint": "yes"} if rig.options.tracepoint else {}),
            "runs of each case": wish.repeat, "controls": misbehaving or "as they should be",
        },
        version=VERSION, spoilt=misbehaving,
    )  # fmt: skip
    return Outcome(whole, sum(map(len, results.values())), flaky, misbehaving=misbehaving)


def _surroundings() -> dict[str, Any]:
    """What the run is on; no case has to wait for what this imports, because it is asked for when some have ended."""
    from harness.runner.environment import environment

    return environment()


def difference(results: list[CaseResult]) -> str:
    """How several runs of one case differ, in words; nothing if they agree."""
    verdicts = {result.verdict for result in results}
    traces = {result.canonical for result in results}
    if len(verdicts) > 1:
        return f"{len(results)} runs gave the verdicts {', '.join(sorted(verdicts))}"
    return f"{len(results)} runs gave {len(traces)} canonical traces" if len(traces) > 1 else ""


def one_of(results: list[CaseResult], flaky: dict[str, str]) -> CaseResult:
    """The first run of a case that passed each time, else the first that did not; flaky cases are inconclusive."""
    shown = next((result for result in results if result.verdict != "pass"), results[0])
    if shown.id not in flaky or shown.verdict == "fail":
        return shown
    return replace(shown, verdict="inconclusive", reason=f"not deterministic: {flaky[shown.id]}")


def options_for(directory: Path | None, jobs: int, strace: bool | None, *, tracepoint: bool = False) -> Options:
    from harness.runner.front import Options

    return Options(directory=directory, jobs=jobs, strace=strace, tracepoint=tracepoint)


def conforms(outcomes: Iterable[str]) -> bool:
    """Whether something passes, and everything that applies: where nothing does, nothing is shown."""
    seen = set(outcomes)
    return "pass" in seen and seen <= {"pass", "not_applicable"}
