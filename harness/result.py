"""The result of a case and of a run, as data that reports, JSON and a later judgement share.

RUN/run.json                      RunResult, written last: a run without it never finished
RUN/cases/SCENARIO/AXES/case.json CaseResult with the case itself, so that it can be judged and run again, and with
                                 its surroundings: the release of the `kernel`, `knobs` of each host as it began,
                                 `load` before and after it
                      /trace.jsonl, trace.txt, wire.pcapng, strace.txt, journal.jsonl, stdout.txt, stderr.txt
                      /HOST.journal.jsonl, HOST.stdout.txt, HOST.stderr.txt of each program beside the subject
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field
from msgspec.json import decode, encode
from msgspec.structs import asdict, replace

from harness.verdict import Outcome

SCHEMA_VERSION = 1
TEXTS = ("force", "says", "why", "source")
Texts = dict[str, dict[str, str]]
"""By clause, what all of its judgements have in common: the TEXTS of it."""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A judgement without what is the same in all judgements of its clause."""

    id: str
    outcome: Outcome
    reason: str = ""
    evidence: tuple[int, ...] = ()
    by_absence: bool = False
    self_reported: bool = False


class Judgement(Finding, frozen=True, kw_only=True, omit_defaults=True):
    """One clause or expectation as judged: a finding, with the clause's own words.

    `evidence` are event numbers: places in trace.jsonl, from 0.
    """

    force: str = "MUST"
    says: str = ""
    why: str = ""
    source: str = ""


class CaseResult(Struct, frozen=True, kw_only=True):
    """A judged case. `id` is `SCENARIO::AXES` (`refused::ipv4-epoll`), `verdict` the merge of everything below."""

    id: str
    spec: str
    scenario: str
    axes: dict[str, str]
    file: str
    line: int
    why: str
    subject: str
    verdict: Outcome
    reason: str
    clauses: tuple[Judgement, ...] = ()
    expectations: tuple[Judgement, ...] = ()
    branches: tuple[str, ...] = ()
    duration_ms: float = 0.0
    phases_ms: dict[str, float] = field(default_factory=dict)
    canonical: str = ""
    """SHA-256 of the canonical trace: two runs of a deterministic case agree on it."""
    points: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    self_reported: bool = False
    exit: str = ""
    directory: str = ""
    """Relative to the run directory."""
    states: tuple[str, ...] = ()
    error: str = ""
    unclaimed: tuple[int, ...] = ()
    """Events that no clause, no line of the scenario and no protocol accounts for; none is left where all is well."""


class RunResult(Struct, frozen=True, kw_only=True):
    """A whole run: `verdict` merges its cases; `environment` names kernel, tools, load; times in seconds, UTC ISO."""

    spec: str
    subject: str
    verdict: Outcome
    started: str
    duration_s: float
    command: str
    version: str
    environment: dict[str, Any]
    cases: tuple[CaseResult, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def counts(self) -> dict[str, int]:
        """How many cases have each verdict, in the order people read: pass, fail, inconclusive, not_applicable."""
        return {
            outcome: sum(case.verdict == outcome for case in self.cases)
            for outcome in ("pass", "fail", "inconclusive", "not_applicable")
        }


class Library:
    """The texts of clauses as they become known, and the judgements that rest on no event: cases share both."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._made: dict[Judgement, Judgement] = {}

    def complete(self, case: CaseResult) -> CaseResult:
        """The case with the texts of its clauses, if it came without them."""
        return replace(case, clauses=tuple([self._complete(one) for one in case.clauses]))

    def _complete(self, one: Judgement) -> Judgement:
        """Half of a run's judgements rest on no event and say the same in many cases: these are made once."""
        texts = self.texts.get(one.id)
        if texts is None:
            return one
        if one.evidence:
            return replace(one, **texts)
        if one not in self._made:
            self._made[one] = replace(one, **texts)
        return self._made[one]


def without_texts(case: CaseResult) -> dict[str, Any]:
    """The case for JSON, its clauses without their texts; see `texts_of` and `Library`."""
    return {**asdict(case), "clauses": [*map(_finding, case.clauses)]}


def _finding(one: Judgement) -> Finding:
    return Finding(
        id=one.id, outcome=one.outcome, reason=one.reason, evidence=one.evidence, by_absence=one.by_absence,
        self_reported=one.self_reported,
    )  # fmt: skip


def texts_of(cases: Iterable[CaseResult]) -> Texts:
    """The texts of every clause that was judged."""
    return {one.id: {name: getattr(one, name) for name in TEXTS} for case in cases for one in case.clauses}


def run_to_json(run: RunResult) -> bytes:
    """The run with each clause's texts once, under `texts` by its number, and not again in every case."""
    return encode({**asdict(run), "texts": texts_of(run.cases), "cases": [*map(without_texts, run.cases)]})


def run_from_json(data: bytes) -> RunResult:
    """The inverse of `run_to_json`. ValueError if it is none; `schema_version` is for the caller to look at first."""
    written = asdict(decode(data, type=_Written))
    library = Library(written.pop("texts"))
    return RunResult(**{**written, "cases": tuple(map(library.complete, written["cases"]))})


class _Written(RunResult, frozen=True, kw_only=True):
    """A run as its file has it: see `run_to_json`."""

    texts: Texts = field(default_factory=dict)
